"""Five thousand clients at once, by the database's own count: a pool holds its six, a connection each is too many."""

import asyncio
import resource
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from backing import postgres_template
from backing.counter import REFUSED
from backing.postgres import postgres
from backing.scratch import scratch
from backing.services import Services
from loadtests.faults.asking import request, together
from loadtests.measurement.accounting import Connections
from loadtests.servers import LANES, Server, served
from loadtests.servers.lanes import THREADS

CLIENTS = 5_000
# What each of them waits at most: how long it takes is not what is asked here.
PATIENCE_S = 120.0
POOL_SIZE = 6
# Fewer than the coroutines or greenlets that want one, more than the threads.
ACCEPTED = 200
UNBOUNDED = ("fastapi-coroutine", "flask-greenlet")
BOUNDED = "flask-thread"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def database(private_services: Services) -> Iterator[Services]:
    """A database of this module's own, which accepts few connections."""
    with scratch() as folder:
        log = folder / "postgres.log"
        few = {"max_connections": str(ACCEPTED)}
        with postgres(folder, postgres_template.provide(folder, log=log), log=log, beside=few) as own:
            yield replace(private_services, database_url=own.url)


@pytest.fixture(scope="module")
def servers(database: Services, run_folder: Path) -> Iterator[dict[str, Server]]:
    lanes = [LANES[name] for name in (*UNBOUNDED, BOUNDED)]
    with served(lanes, services=database, folder=run_folder, workers=1) as started:
        yield {server.lane.name: server for server in started}


@pytest.fixture(autouse=True)
def many_files() -> Iterator[None]:
    """Let this process have as many sockets as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < CLIENTS + 500:
        pytest.skip(f"this system allows a process {hard} open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def asked(server: Server, database: Services, access: str) -> tuple[Counter[str], int, int]:
    """Return how 5 000 requests at once ended, and how many connections the process held at most and was refused."""
    path = f"/{server.lane.styles[0]}/articles/7?access={access}"
    before = server.counted(REFUSED) or 0
    with Connections.counted(database.database_url) as connections, connections.watched(server.name):
        found = asyncio.run(together(server.base_url, request(path), CLIENTS, patience_s=PATIENCE_S))
    held = connections.peak(server.name, access)
    return Counter(each.what for each in found), held or 0, (server.counted(REFUSED) or 0) - before


@pytest.mark.parametrize("lane", [*UNBOUNDED, BOUNDED])
def test_a_pool_holds_six_whatever_is_asked(servers: dict[str, Server], database: Services, lane: str) -> None:
    answers, held, refused = asked(servers[lane], database, "pooled")
    # Who waits too long for one of the six is told so.
    assert answers.keys() <= {"200", "503"}
    assert answers["200"] > 0
    assert 1 <= held <= POOL_SIZE
    assert refused == 0


@pytest.mark.parametrize("lane", UNBOUNDED)
def test_a_connection_for_each_request_is_refused_where_nothing_bounds_the_requests(
    servers: dict[str, Server], database: Services, lane: str
) -> None:
    answers, held, refused = asked(servers[lane], database, "per-request")
    assert refused > 0
    assert answers["503"] > 0
    assert held > 2 * THREADS


def test_a_connection_for_each_request_is_bounded_by_the_threads(
    servers: dict[str, Server], database: Services
) -> None:
    answers, held, refused = asked(servers[BOUNDED], database, "per-request")
    assert answers == {"200": CLIENTS}
    # A session ends a moment after its connection was closed, and its thread opens the next one meanwhile.
    assert 1 <= held <= 2 * THREADS
    assert refused == 0
