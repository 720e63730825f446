"""Lanes that run elsewhere already: measured where they are, by what they say of themselves."""

import http.server
import json
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import msgspec
import pytest

from backing.problem import Problem
from backing.services import Services
from loadtests.commands.running import watched
from loadtests.measurement import told
from loadtests.measurement.bench import needs_services
from loadtests.measurement.cores import Cores
from loadtests.measurement.pace import Paced
from loadtests.measurement.probe import probe
from loadtests.measurement.record import Pace
from loadtests.measurement.run import compare
from loadtests.measurement.subject import subjects
from loadtests.measurement.wish import wish
from loadtests.servers import LANES, served
from loadtests.servers.elsewhere import Elsewhere, Heard, Stats
from loadtests.servers.readiness import health
from loadtests.servers.recognised import require_app_of
from loadtests.servers.stacks import ROOT
from loadtests.web.lab import Lab
from loadtests.web.messages import Up
from loadtests.workers.crewing import Crewing
from tests.loadtests.crews import PYTHON, free_port

CORES = Cores(servers=frozenset({1}), others=frozenset({0}))
PACED = Paced(pace=Pace(), cpu_ns=0)


def stats(pid: int, requests: int, cpu_s: float = 0.0, *, looks: int = 0, process: str = "") -> Stats:
    own = process or str(pid)
    return Stats(pid=pid, process=own, threads=2, rss_bytes=1_000, cpu_s=cpu_s, requests=requests, looks=looks)


def looks(*found: Stats) -> Heard:
    """Several answers, in their order."""
    first = {each.process: each for each in reversed(found)}
    return Heard(first, {each.process: each for each in found})


def used(before: Heard, after: Heard, *, wanted: int = 100, given_up: int = 0) -> Any:
    return told.use(before, after, wall_ns=10**9, accepted=1, wanted=wanted, given_up=given_up, paced=PACED)


def test_what_a_process_used_is_the_difference_of_what_it_says() -> None:
    before = looks(stats(7, 10, 1.0, looks=10), stats(7, 11, 1.01, looks=11))
    after = looks(stats(7, 112, 1.51, looks=12), stats(7, 113, 1.52, looks=13))
    found = used(before, after)
    assert (found.answered, found.cpu_ns, found.rss_bytes, found.threads) == (100, 500_000_000, 1_000, 2)
    assert (found.missing, found.processes) == (None, (7,))


def test_several_processes_are_added_up() -> None:
    found = used(looks(stats(1, 0), stats(2, 5)), looks(stats(1, 60, 0.25), stats(2, 45, 0.5)))
    assert (found.answered, found.cpu_ns, found.rss_bytes, found.threads) == (100, 750_000_000, 2_000, 4)


def test_who_looks_after_a_server_is_not_one_of_its_clients() -> None:
    found = used(looks(stats(7, 10, looks=4)), looks(stats(7, 240, looks=134)))
    assert (found.answered, found.missing) == (100, None)


def test_processes_of_one_id_on_several_machines_are_several() -> None:
    before = looks(stats(1, 0, 5.0, process="a"), stats(1, 900, 0.1, process="b"))
    found = used(before, looks(stats(1, 950, 0.2, process="b"), stats(1, 50, 5.2, process="a")))
    assert (found.answered, found.cpu_ns, found.processes) == (100, 300_000_000, (1, 1))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (looks(stats(1, 0)), looks(stats(1, 50)), r"\(1\) answered 50 of 100 requests, so there are others"),
        (
            looks(stats(1, 0)),
            looks(stats(2, 101)),
            r"other processes answered /stats after a slice \(2\) than .* \(1\)",
        ),
        (Heard({}, {}, "its server-side figures are missing: gone"), looks(stats(1, 1)), "missing: gone"),
        (looks(stats(1, 0)), Heard({}, {}, "its server-side figures are missing: /stats answers 404"), "answers 404"),
    ],
)
def test_what_is_not_known_of_all_processes_is_missing_with_its_reason(before: Heard, after: Heard, said: str) -> None:
    found = used(before, after)
    assert (found.cpu_ns, found.answered, found.rss_bytes, found.threads) == (None, None, None, None)
    with pytest.raises(AssertionError, match=said):
        raise AssertionError(found.missing)


@contextmanager
def answering(bodies: "Iterator[tuple[int, bytes]]") -> Iterator[str]:
    """A server that gives these answers one after another."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = next(bodies)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def told_by(pid: int) -> bytes:
    told = {"pid": pid, "process": f"p{pid}", "threads": 1, "rss_bytes": 1, "cpu_s": 0.0, "requests": 1, "looks": 1}
    return json.dumps({**told, "more": None}).encode()


def at(base_url: str) -> Elsewhere:
    return Elsewhere(LANES["flask-process"], base_url, "flask-process")


def test_a_server_is_asked_until_every_process_has_answered() -> None:
    with answering((200, told_by(pid)) for pid in cycle([1, 1, 2, 1, 1, 3])) as base_url:
        server = at(base_url)
        assert set(server.stats().first) == set(server.stats().first) == {"p1", "p2", "p3"}


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (404, b"", "/stats answers 404"),
        (200, b"{}", "/stats is not what Trilane's apps answer"),
        (200, b"<p>stats</p>", "/stats is not what Trilane's apps answer"),
    ],
)
def test_a_server_that_does_not_tell_has_no_figures_and_a_reason(status: int, body: bytes, said: str) -> None:
    with answering(cycle([(status, body)])) as base_url:
        assert said in (at(base_url).stats().missing or "")
    assert "/stats: " in (at(base_url).stats().missing or "")


def tells(*packages: str, process: Iterator[int] | None = None) -> Iterator[tuple[int, bytes]]:
    """What an app says that has these packages, each with its version; `process` numbers those that answer."""
    versions = dict(package.split("=") for package in packages)
    for number in process or cycle([1]):
        yield 200, json.dumps({**json.loads(told_by(number)), "versions": {"python": "3.11", **versions}}).encode()


@pytest.mark.parametrize(
    ("lane", "packages", "said"),
    [
        ("flask-thread", ["fastapi=0.115.0"], "is a lane of flask, and what answers at .* is fastapi 0.115.0; name"),
        ("flask-thread", ["flask=2.3.1"], "of the stack vintage, and current is asked for; use --stack vintage"),
        ("flask-process", ["flask=3.1.0"], "has several processes, and one alone answers"),
    ],
)
def test_what_says_that_it_is_another_app_than_the_lane_s_is_refused(lane: str, packages: list[str], said: str) -> None:
    with answering(tells(*packages)) as base_url, pytest.raises(Problem, match=said):
        require_app_of(LANES[lane], base_url, "current")


def test_the_lane_s_own_app_and_one_that_does_not_tell_are_taken() -> None:
    for answers in (tells("flask=3.1.0"), cycle([(404, b"")]), cycle([(200, b"<p>stats</p>")])):
        with answering(answers) as base_url:
            require_app_of(LANES["flask-thread"], base_url, "current")
    with answering(tells("flask=3.1.0", process=cycle([1, 2]))) as base_url:
        require_app_of(LANES["flask-process"], base_url, "current")
    with answering(tells("flask=2.3.1")) as base_url:
        require_app_of(LANES["flask-thread"], base_url)


def test_the_web_ui_loads_no_target_that_is_another_app() -> None:
    up = Up(lane="flask-thread", scenario="like", params={}, base_url=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(Problem, match=r"flask-thread at http://.*: nothing answers"):
        Lab().handle(up)
    with answering(tells("fastapi=0.115.0")) as base_url, pytest.raises(Problem, match="what answers at"):
        Lab().handle(msgspec.structs.replace(up, base_url=base_url))


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
