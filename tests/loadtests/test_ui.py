"""`trilane ui` as a person starts and stops it; what the page does is for the browser tests."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.waiting import eventually, running

UI = [sys.executable, "-m", "loadtests", "ui"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_lanes_locust_and_the_services(number: signal.Signals, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with (tmp_path / "printed").open("w") as printed:
        ui = subprocess.Popen([*UI, "--port", str(port), "--lane", "fastapi-coroutine"], stdout=printed)
    assert eventually(lambda: "Choose a lane" in (tmp_path / "printed").read_text(), timeout_s=60)
    started = [process.pid for process in psutil.Process(ui.pid).children(recursive=True)]
    assert len(started) > 4
    ui.send_signal(number)
    assert ui.wait(timeout=30) == (130 if number is signal.SIGINT else 0)
    assert eventually(lambda: not running(started), timeout_s=5)


@pytest.mark.parametrize(
    ("words", "named"),
    [(["--lane", "flask-thread,no-lane"], "no-lane"), (["--stack", "old"], "'old'"), (["--port", "0"], "port")],
)
def test_a_wrong_word_ends_with_code_2_and_names_it(words: list[str], named: str) -> None:
    done = subprocess.run([*UI, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert named in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_in_use_ends_with_code_2_and_names_the_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run([*UI, "--port", port], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert port in done.stderr
    assert "Traceback" not in done.stderr
