"""What lanes that run elsewhere say of themselves: what a slice used, and which app it is."""

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from typing import Any

import msgspec
import pytest

from backing.problem import Problem
from loadtests.measurement import told
from loadtests.measurement.pace import Paced
from loadtests.measurement.record import Pace
from loadtests.servers import LANES
from loadtests.servers.elsewhere import Elsewhere, Heard, Stats
from loadtests.servers.recognised import require_app_of
from loadtests.web.lab import Lab
from loadtests.web.messages import Up
from tests.loadtests.crews import free_port

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
