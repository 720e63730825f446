"""Lanes that run elsewhere already: how they are named, and measured where they are."""

import http.server
import json
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from backing.problem import Problem
from backing.services import Services
from loadtests.commands.running import watched
from loadtests.measurement.bench import needs_services
from loadtests.measurement.cores import Cores
from loadtests.measurement.probe import probe
from loadtests.measurement.run import compare
from loadtests.measurement.subject import subjects
from loadtests.measurement.wish import wish
from loadtests.servers import LANES, served
from loadtests.servers.readiness import health
from loadtests.servers.stacks import ROOT
from loadtests.workers.crewing import Crewing
from tests.loadtests.crews import PYTHON, free_port

CORES = Cores(servers=frozenset({1}), others=frozenset({0}))


def test_an_unanswered_question_of_a_target_names_its_address() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    (own, *_) = subjects(wish(targets=[f"flask-thread={url}"], scenarios=["hello"]), CORES)
    trouble = probe(own, url).trouble
    assert trouble is not None
    assert trouble.reason.startswith("it does not answer: [Errno ")
    assert trouble.remedy == f"run `trilane check {url}`"


@contextmanager
def taken() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield str(server.getsockname()[1])


def test_what_cannot_begin_takes_no_folder(tmp_path: Path) -> None:
    """Nobody at a target, a port for workers that is taken, an address of another machine."""
    folder, nobody = tmp_path / "run", free_port()

    def refused(said: str, **asked: Any) -> None:
        with pytest.raises(Problem, match=said):
            watched(partial(compare, wish(scenarios=["hello"], **asked), folder), folder)
        assert not folder.exists()

    target = f"flask-thread=http://127.0.0.1:{nobody}"
    refused(f"flask-thread at http://127.0.0.1:{nobody}: nothing answers .Connection refused.; ", targets=[target])
    with taken() as port:
        there = Crewing(workers=2, expected=True, port=int(port))
        refused(f"port {port} on 127.0.0.1 cannot be used: .*; choose another one$", crewing=there)
    away = Crewing(workers=2, expected=True, host="192.0.2.1", port=5557)
    refused("192.0.2.1 is no address of this machine", crewing=away)


def test_only_lanes_that_run_elsewhere_are_measured_unless_others_are_named() -> None:
    alone = wish(targets=["flask-thread=http://10.0.0.2:8000/"])
    assert (alone.lanes, alone.targets) == (("flask-thread",), {"flask-thread": "http://10.0.0.2:8000"})
    two = wish(targets=["flask-thread=http://10.0.0.2:8000, django-thread=http://[fd00::2]:80"])
    assert two.targets == {"flask-thread": "http://10.0.0.2:8000", "django-thread": "http://[fd00::2]:80"}
    both = wish(lanes=["fastapi-coroutine"], targets=["flask-thread=http://10.0.0.2:8000"])
    assert both.lanes == ("fastapi-coroutine", "flask-thread")
    assert {each.lane for each in subjects(both, CORES) if each.control} == {"fastapi-coroutine"}
    (own,) = {(each.cores, each.url) for each in subjects(both, CORES) if each.lane == "flask-thread"}
    assert own == ((), "http://10.0.0.2:8000")


def test_the_control_of_a_lane_elsewhere_is_the_same_server_once_more() -> None:
    found = subjects(wish(targets=["flask-thread=http://h:1"], scenarios=["hello"]), CORES)
    assert [each.url for each in found] == ["http://h:1"] * 2
    assert found[0].key != found[1].key


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("flask-thread", "cannot be loaded; give http://HOST:PORT"),
        ("flask-thread=10.0.0.2:8000", "cannot be loaded: it has no http:// before the host; give"),
        ("flask-thread=https://h:1", "cannot be loaded: https is not spoken, only http; give"),
        ("flask-thread=http://h:1/sync", "cannot be loaded: it has a path"),
        ("flask-thread=http://h:x", "cannot be loaded: its port is none from 1 to 65535"),
        ("flask-thread=http://h:0", "cannot be loaded: its port is none"),
        ("flask-thread=http://h:70000", "cannot be loaded: its port is none"),
        ("flask-thread=http://u:p@h", "cannot be loaded: it has a user name"),
        ("flask-thread=http://h:1#part", "cannot be loaded: it has a #"),
        ("flask-thread=http://h:1?part", "cannot be loaded: it has a query"),
        ("flask-thread=http:// 127.0.0.1:9", "cannot be loaded: its host is none"),
        ("flask-thread=http://h:1,flask-thread=http://h:2", "has an address already, http://h:1"),
        ("flask=http://h:1", "--target flask: there is no such lane"),
        ("=http://h:1", r"--target \(empty\)"),
    ],
)
def test_a_target_that_is_none_is_refused(target: str, said: str) -> None:
    with pytest.raises(Problem, match=said):
        wish(targets=[target])


@pytest.mark.parametrize(
    ("lanes", "scenario", "needed"),
    [([], "hello,page,upstream", False), ([], "hello,like", True), (["fastapi-coroutine"], "hello", True)],
)
def test_services_are_started_for_lanes_that_are_and_for_what_is_written(
    lanes: list[str], scenario: str, *, needed: bool
) -> None:
    asked = wish(lanes=lanes, scenarios=[scenario], targets=["flask-thread=http://h:1"])
    assert needs_services(subjects(asked, CORES)) == needed


def test_what_only_its_starter_can_change_is_refused_of_a_lane_elsewhere() -> None:
    asked = wish(targets=["flask-thread=http://h:1"], variants=["threads=4"], scenarios=["hello"])
    with pytest.raises(Problem, match="threads=4: flask-thread runs at http://h:1 as it was started"):
        subjects(asked, CORES)


def run(folder: Path, base_url: str, *words: str) -> dict[str, Any]:
    """Compare a lane at a URL with itself, for a few short rounds, and return the summary."""
    what = ["--scenario", "hello", "--users", "4", "--rounds", "3", "--seconds", "0.3", "--out", str(folder)]
    told = subprocess.run(
        [PYTHON, "-m", "loadtests", "compare", "--target", f"fastapi-coroutine={base_url}", *what, *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (folder / "summary.json").exists(), told.stderr
    summary: dict[str, Any] = json.loads((folder / "summary.json").read_text())
    return summary


@contextmanager
def looked_after(base_url: str) -> Iterator[None]:
    """Ask again and again whether the server is well, as whatever runs containers does."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.1):
            health(base_url)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield
    finally:
        over.set()
        looking.join()


@pytest.mark.slow
def test_an_app_that_runs_elsewhere_is_measured_and_goes_on_running(
    private_services: Services, run_folder: Path, tmp_path: Path
) -> None:
    lane = LANES["fastapi-coroutine"]
    with (
        served([lane], services=private_services, folder=run_folder) as (server,),
        looked_after(server.base_url),
    ):
        summary = run(tmp_path / "run", server.base_url, "--no-control")
        assert server.alive()
        (cell,), (detail,) = summary["cells"], summary["details"]
        assert (cell["valid"], cell["reasons"]) == (True, [])
        assert cell["url"] == server.base_url
        assert (cell["workers"], cell["cores"], cell["steal_share"], cell["db_connections_max"]) == (
            None,
            [],
            None,
            None,
        )
        assert cell["cpu_us_per_request"] > 0
        assert cell["rss_bytes"] > 0
        assert cell["missing"] is None
        assert detail["server_answered"] == detail["client_answered"]
        assert any("told its CPU time itself" in warning for warning in summary["warnings"])


class Plain(http.server.BaseHTTPRequestHandler):
    """An app that keeps to the contract of `hello` and has no `/stats`."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        right = self.path == "/async/hello"
        body = b'{"message":"hello"}' if right else b""
        self.send_response(200 if right else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.slow
def test_an_app_without_stats_is_measured_and_its_own_figures_are_missing_with_a_reason(tmp_path: Path) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Plain) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        summary = run(tmp_path / "run", f"http://127.0.0.1:{server.server_address[1]}", "--no-control")
        server.shutdown()
    (cell,) = summary["cells"]
    assert cell["qps"] > 0
    assert (cell["cpu_us_per_request"], cell["rss_bytes"], cell["threads"]) == (None, None, None)
    assert cell["missing"] == "its server-side figures are missing: /stats answers 404"
    assert any(cell["missing"] in warning for warning in summary["warnings"])
    logs = {file.name for file in (tmp_path / "run").rglob("*.log")}
    assert "agent.log" in logs
    assert not logs & {"postgres.log", "valkey.log", "upstream.log"}
