"""What only a real server shows of the parts that the apps share."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from urllib.request import urlopen

import msgspec
import pytest

from backing.services import Services
from backing.status import Stats
from loadtests.servers import LANES, Server, served

AT_ONCE = 24


@pytest.fixture(scope="module")
def servers(private_services: Services, run_folder: Path) -> Iterator[dict[str, Server]]:
    lanes = [LANES[name] for name in ("flask-async-view", "flask-asgi", "django-thread")]
    with served(lanes, services=private_services, folder=run_folder) as started:
        yield {server.lane.name: server for server in started}


def get(server: Server, path: str) -> bytes:
    with urlopen(server.base_url + path, timeout=120) as answer:  # noqa: S310 - a server of our own
        return bytes(answer.read())


@pytest.mark.parametrize("name", ["flask-async-view", "flask-asgi", "django-thread"])
def test_first_requests_at_once_for_coroutines_on_passing_loops_are_all_answered(
    servers: dict[str, Server], name: str
) -> None:
    barrier = Barrier(AT_ONCE, timeout=60)

    def first(_: int) -> bytes:
        barrier.wait()
        return get(servers[name], "/async/articles?access=pooled&limit=3")

    with ThreadPoolExecutor(AT_ONCE) as threads:
        assert len(set(threads.map(first, range(AT_ONCE)))) == 1


def test_the_loop_of_an_asgi_server_is_known_whatever_the_framework(servers: dict[str, Server]) -> None:
    assert msgspec.json.decode(get(servers["flask-asgi"], "/stats"), type=Stats).tasks
    assert msgspec.json.decode(get(servers["django-thread"], "/stats"), type=Stats).requests
