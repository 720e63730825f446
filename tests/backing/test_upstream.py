"""The upstream: as slow as it is asked to be, over connections that stay open, and gone with whoever started it."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from backing.private_upstream import check_upstream, upstream
from backing.problem import Problem
from backing.services import Services
from loadtests.servers import LANES, served
from tests.waiting import eventually, running

STYLES = {"flask-thread": "sync", "flask-async-view": "async", "fastapi-thread": "sync", "django-coroutine": "async"}


@pytest.fixture(scope="module")
def client(private_services: Services) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=private_services.upstream_url, trust_env=False) as opened:
        yield opened


def test_an_answer_takes_as_long_as_it_is_asked_to(client: httpx.Client) -> None:
    start_s = time.monotonic()
    assert client.get("/delay?ms=60").json() == {"ms": 60, "status": 200}
    assert time.monotonic() - start_s >= 0.055


@pytest.mark.parametrize(
    ("path", "status"),
    [("/delay", 200), ("/delay?status=503", 503), ("/delay?status=418&ms=1", 418), ("/delay?ms=-1", 400),
     ("/delay?ms=soon", 400), ("/delay?ms=99999999", 400), ("/delay?status=204", 400), ("/delay?status=999", 400),
     ("/", 404), ("/delays", 404)],
)  # fmt: skip
def test_it_answers_with_the_status_that_is_asked_for_and_refuses_the_rest(
    client: httpx.Client, path: str, status: int
) -> None:
    assert client.get(path).status_code == status


def test_only_get_is_answered(client: httpx.Client) -> None:
    assert client.delete("/delay").status_code == 404


def test_requests_that_come_at_once_on_one_connection_are_answered_in_their_order(private_services: Services) -> None:
    place = urlsplit(private_services.upstream_url)
    with socket.create_connection((place.hostname, place.port), timeout=10) as plug:
        plug.sendall(b"GET /delay?ms=40 HTTP/1.1\r\n\r\nGET /delay?ms=0 HTTP/1.1\r\nConnection: close\r\n\r\n")
        received = b"".join(iter(lambda: plug.recv(4096), b""))
    assert received.index(b'"ms": 40') < received.index(b'"ms": 0')


def test_it_is_started_again_at_the_port_that_it_had_and_ends_with_its_block(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with upstream(tmp_path, log=log) as first:
        check_upstream(first.url)
    assert not running([first.pid])
    with upstream(tmp_path, log=log, port=urlsplit(first.url).port or 0) as second:
        assert second.url == first.url
        check_upstream(second.url)


def test_a_port_that_is_taken_is_told_with_the_end_of_the_log(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(Problem, match="the upstream ended with code"),
            upstream(tmp_path, log=tmp_path / "log", port=port),
        ):
            pytest.fail("it started in spite of that")


@pytest.mark.parametrize(
    ("url", "said"),
    [("ftp://127.0.0.1", "not a valid URL"), ("http://", "not a valid URL"), ("http://127.0.0.1:1", "does not answer")],
)
def test_a_url_that_leads_nowhere_is_told_in_one_line(url: str, said: str) -> None:
    with pytest.raises(Problem, match=said):
        check_upstream(url)


@pytest.fixture(scope="module")
def servers(private_services: Services, run_folder: Path) -> Iterator[dict[str, tuple[str, list[int]]]]:
    """The base URL and the processes of each lane that is looked at."""
    lanes = [LANES[name] for name in STYLES]
    with served(lanes, services=private_services, folder=run_folder, workers=1) as started:
        yield {server.lane.name: (server.base_url, server.processes()) for server in started}


@pytest.mark.parametrize("lane", STYLES)
def test_an_app_keeps_its_connections_and_opens_no_more_than_calls_are_made_at_once(
    lane: str, servers: dict[str, tuple[str, list[int]]], private_services: Services
) -> None:
    base_url, pids = servers[lane]
    style, port = STYLES[lane], urlsplit(private_services.upstream_url).port
    for _ in range(4):
        answer = httpx.get(f"{base_url}/{style}/upstream?calls=3&ms=20", timeout=30, trust_env=False)
        assert answer.json() == {"calls": 3, "statuses": [200, 200, 200]}
    at_once = 1 if style == "sync" else 3
    assert eventually(lambda: len(connections(pids, port)) == at_once)


def connections(pids: list[int], port: int | None) -> list[int]:
    """Return the local ports of connections to the upstream."""
    found = [each for pid in pids for each in psutil.Process(pid).net_connections("tcp")]
    return [
        each.laddr.port for each in found if each.raddr and each.raddr.port == port and each.status == "ESTABLISHED"
    ]
