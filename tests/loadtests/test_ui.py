"""`trilane ui` as a person starts and stops it; what the page does is for the browser tests."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest

from tests.loadtests.uis import running_ui
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
    # It says so before the first of them ends.
    assert eventually(lambda: "\nEnding: " in (tmp_path / "printed").read_text(), timeout_s=10)
    assert ui.wait(timeout=30) == (130 if number is signal.SIGINT else 0)
    assert eventually(lambda: not running(started), timeout_s=5)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--lane", "flask-thread,no-lane"], "no-lane"),
        (["--stack", "old"], "'old'"),
        (["--port", "-1"], "port"),
        (["--state", "/dev/null/x"], "--state"),
        (["--bind", "10.99.99.99"], "no address of this machine"),
        (["--allow-host", "http://foo:1/"], "--allow-host http://foo:1/"),
        (["--target", "flask-thread=http://127.0.0.1:1/x"], "http://127.0.0.1:1/x cannot be loaded"),
    ],
)
def test_a_wrong_word_ends_with_code_2_and_names_it(words: list[str], named: str) -> None:
    done = subprocess.run([*UI, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert named in done.stderr
    assert "Traceback" not in done.stderr


def test_any_free_port_will_do_and_is_told(tmp_path: Path) -> None:
    words = ["--port", "0", "--state", str(tmp_path / "state"), "--target", "flask-thread=http://127.0.0.1:1"]
    with (tmp_path / "printed").open("w") as printed:
        ui = subprocess.Popen([*UI, *words], stdout=printed)
    assert eventually(lambda: "Choose a lane" in (tmp_path / "printed").read_text(), timeout_s=60)
    said = (tmp_path / "printed").read_text()
    address = next(word for word in said.split() if word.startswith("http://127.0.0.1:") and not word.endswith(":1"))
    assert httpx.get(address).status_code == 200
    assert "Logs are in " in said
    ui.send_signal(signal.SIGINT)
    assert ui.wait(timeout=30) == 130


def test_it_answers_at_an_ipv6_address(tmp_path: Path) -> None:
    with running_ui(tmp_path, "--bind", "::1", "--target", "flask-thread=http://127.0.0.1:1") as ui:
        assert ui.url.startswith("http://[::1]:")
        assert ui.client.get("/").status_code == 200


def test_a_port_in_use_ends_with_code_2_and_names_the_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run([*UI, "--port", port], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"port {port}" in done.stderr
    assert "or 0 for any free port" in done.stderr
    assert "Traceback" not in done.stderr
