"""The commands `lanes` and `serve`, as a person runs them."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from contract.endpoints import BY_NAME
from loadtests.commands.serve import path_of
from loadtests.servers import LANES
from loadtests.servers.stacks import ROOT
from tests.waiting import eventually

TRILANE = (sys.executable, "-m", "loadtests")


def trilane(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*TRILANE, *words], cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False
    )


@contextmanager
def serving(log: Path, *words: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `trilane serve` until it printed its URLs."""
    with log.open("wb") as output:
        process = subprocess.Popen([*TRILANE, "serve", *words], cwd=ROOT, stdout=output, stderr=output)
    try:
        assert eventually(lambda: process.poll() is not None or "Ctrl-C stops it" in log.read_text(), 60)
        yield process
    finally:
        process.kill()
        process.wait()


def test_lanes_fits_a_terminal_and_names_them_all() -> None:
    told = trilane("lanes", COLUMNS="80")
    assert told.returncode == 0
    assert all(f"\n{name} " in told.stdout for name in LANES)
    assert max(map(len, told.stdout.splitlines())) <= 80


def test_lanes_can_be_read_by_programs() -> None:
    rows = json.loads(trilane("lanes", "--json").stdout)
    assert [row["name"] for row in rows] == list(LANES)
    assert {"app", "styles", "model", "server", "command", "workers", "threads", "note"} <= set(rows[0])


def test_measuring_loads_none_of_the_libraries_that_would_double_what_it_takes() -> None:
    asked = "import sys, loadtests.program, loadtests.measurement.run, loadtests.duet.run; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "scipy.special" in loaded.split()
    assert not {"scipy.stats", "scipy.optimize", "pandas", "matplotlib", "locust"} & set(loaded.split())


def test_ctrl_c_while_the_commands_are_read_ends_quietly() -> None:
    interrupted = """
import sys
from loadtests.cli import main
class Interrupted:
    def find_spec(self, name, *rest):
        if name == "loadtests.commands.report":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupted())
main()
"""
    told = subprocess.run([sys.executable, "-c", interrupted], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout, told.stderr) == (130, "", "")


def test_doctor_can_be_read_by_programs_and_people() -> None:
    assert json.loads(trilane("doctor", "--json").stdout)["findings"]
    told = trilane("doctor")
    assert told.returncode == 0
    assert "steal" in told.stdout


def test_an_example_path_fills_in_what_the_endpoint_asks_for() -> None:
    assert path_of(BY_NAME["hello"], "sync") == "/sync/hello"
    assert path_of(BY_NAME["context_add"], "async") == "/async/context/add?a=6&b=66"
    assert path_of(BY_NAME["articles_get"], "sync") == "/sync/articles/1?access=pooled"
    assert path_of(BY_NAME["journal"], "sync") == "/journal/curry-1"
    assert path_of(BY_NAME["request_show"], "sync") == "/sync/request"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0), (signal.SIGHUP, 0)])
def test_serve_answers_at_the_urls_it_prints_until_a_signal(number: int, code: int, tmp_path: Path) -> None:
    log = tmp_path / "log"
    # Elsewhere only 127.0.0.1 is an address of every machine.
    host = "127.0.0.2" if number == signal.SIGTERM and sys.platform == "linux" else "127.0.0.1"
    with serving(log, "fastapi-coroutine", "--bind", host) as process:
        urls = re.findall(rf"^  (http://{host}:\S+)", log.read_text(), re.MULTILINE)
        assert any(url.endswith("/async/hello") for url in urls), log.read_text()
        for url in urls:
            if "/fail" not in url and "/journal/" not in url:
                assert httpx.get(url, timeout=30).status_code == (403 if url.endswith("/admin") else 200), url
        process.send_signal(number)
        assert process.wait(60) == code
    with pytest.raises(httpx.ConnectError):
        httpx.get(urls[0])


def test_serve_keeps_its_logs_where_it_is_told_to(tmp_path: Path) -> None:
    with serving(tmp_path / "log", "flask-thread", "--logs", str(tmp_path / "logs")):
        names = {file.name for file in (tmp_path / "logs").iterdir()}
        assert names == {"flask-thread.log", "postgres.log", "upstream.log", "valkey.log"}


def test_serve_says_that_a_port_is_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = trilane("serve", "flask-thread", "--port", str(taken.getsockname()[1]))
    assert refused.returncode == 2
    assert re.search(r"trilane: port \d+ on 127.0.0.1 cannot be used: Address already in use", refused.stderr)


@pytest.mark.parametrize(
    "words",
    [
        ("serve", "flask"),
        ("serve", "flask-thread", "--stack", "modern"),
        ("serve", "flask-thread", "--port", "70000"),
        ("serve", "flask-thread", "--port", "http"),
        ("serve", "flask-thread", "--bind", "192.0.2.1"),
        ("serve", "flask-thread", "--workers", "0"),
        ("serve", "flask-thread", "--logs", "/dev/null/logs"),
        ("serve",),
        ("lanes", "--yaml"),
    ],
)
def test_wrong_usage_is_told_with_exit_code_2(words: tuple[str, ...]) -> None:
    refused = trilane(*words)
    assert refused.returncode == 2
    assert refused.stderr
    assert "Traceback" not in refused.stderr
