"""However many ask at once, the database's own count of connections stays at what each way may have."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from backing.database_url import MARIADB, POSTGRESQL
from backing.services import Services
from contract.conformance.together import ask_together
from loadtests.measurement.accounting import Connections
from loadtests.servers import LANES, Server, served
from tests.waiting import eventually

POOL_SIZE = 6
THREADS = 32
AT_ONCE = 600
SHARING = 100

pytestmark = pytest.mark.slow


class Often(Connections):
    """Counts more often than while something is measured, so that a moment with one too many is seen."""

    _EVERY_S = 0.01


@pytest.fixture(scope="module", params=[POSTGRESQL, MARIADB])
def database(request: pytest.FixtureRequest) -> Services:
    found: Services = request.getfixturevalue("private_mariadb" if request.param == MARIADB else "private_services")
    return found


@pytest.fixture(scope="module")
def servers(database: Services, run_folder: Path) -> Iterator[dict[str, Server]]:
    with served(list(LANES.values()), services=database, folder=run_folder, workers=1) as started:
        yield {server.lane.name: server for server in started}


def most(server: Server, database: Services, access: str) -> int | None:
    """Ask for 600 articles at once; return the most connections that the process held."""
    paths = [f"/{server.lane.styles[0]}/articles/{number}?access={access}" for number in range(1, AT_ONCE + 1)]
    with Often.counted(database.database_url) as connections, connections.watched(server.name):
        together = ask_together(server.base_url, paths)
    assert together.refused == []
    assert [answer.json()["id"] for answer in together.answers] == list(range(1, AT_ONCE + 1))
    return connections.peak(server.name, access)


@pytest.mark.parametrize("lane", LANES)
def test_a_pool_of_six_never_holds_more_than_six(servers: dict[str, Server], database: Services, lane: str) -> None:
    held = most(servers[lane], database, "pooled")
    assert held is not None
    assert 1 <= held <= POOL_SIZE


@pytest.mark.parametrize("lane", ["flask-thread", "fastapi-coroutine"])
def test_one_connection_behind_a_lock_stays_one(servers: dict[str, Server], database: Services, lane: str) -> None:
    assert most(servers[lane], database, "locked") == 1


@pytest.mark.parametrize("lane", LANES)
def test_a_shared_connection_harms_only_those_who_share_it(
    servers: dict[str, Server], database: Services, lane: str
) -> None:
    server = servers[lane]
    style = server.lane.styles[0]
    paths = [f"/{style}/articles/{number}?access=shared" for number in range(1, SHARING + 1)]
    answers = ask_together(server.base_url, paths).answers
    if database.engine == POSTGRESQL:
        # Its driver lets those who share take turns.
        assert [answer.json().get("id") for answer in answers] == list(range(1, SHARING + 1))
    # A row that is another's, none, or an answer that nobody could read.
    assert {answer.status_code for answer in answers} <= {200, 404, 503}
    (pooled,) = ask_together(server.base_url, [f"/{style}/articles/7?access=pooled"]).answers
    assert pooled.json()["id"] == 7
    assert eventually(lambda: ask_together(server.base_url, paths[6:7]).answers[0].json().get("id") == 7)


@pytest.mark.parametrize("lane", ["flask-thread", "fastapi-thread", "django-thread"])
def test_a_connection_for_each_thread_is_bounded_by_the_threads(
    servers: dict[str, Server], database: Services, lane: str
) -> None:
    held = most(servers[lane], database, "per-thread")
    assert held is not None
    assert held <= THREADS
