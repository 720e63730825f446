"""The ORMs' connections: what the server ended, or was given up, is replaced before the next request notices."""

from collections.abc import Iterator
from pathlib import Path

import pymysql
import pytest
from pymysql.constants import ER

from backing import direct
from backing.database_url import MARIADB, POSTGRESQL
from backing.services import Services
from contract.conformance.client import client
from contract.conformance.together import ask_together
from loadtests.servers import LANES, Server, served
from tests.stacks import stack_or_skip
from tests.waiting import eventually

ASKED = ("flask-thread", "fastapi-coroutine", "django-thread", "django-coroutine")
# More than a lane of threads has, so that each has found its connection broken.
AT_ONCE = 40
SESSIONS = {
    POSTGRESQL: "SELECT pid FROM pg_stat_activity WHERE application_name LIKE '%:orm'",
    MARIADB: "SELECT processlist_id FROM performance_schema.session_connect_attrs"
    " WHERE attr_name = 'program_name' AND attr_value LIKE '%:orm'",
}
END = {POSTGRESQL: "SELECT pg_terminate_backend({}, 20000)", MARIADB: "KILL CONNECTION {}"}
HOLD = {POSTGRESQL: ("BEGIN", "LOCK TABLE article"), MARIADB: ("LOCK TABLES article WRITE",)}
LET_GO = {POSTGRESQL: "COMMIT", MARIADB: "UNLOCK TABLES"}
IMPATIENT = {"TRILANE_QUERY_TIMEOUT_S": "0.5", "TRILANE_POOL_TIMEOUT_S": "0.5"}


@pytest.fixture(
    scope="module",
    params=[
        ("current", POSTGRESQL),
        pytest.param(("vintage", POSTGRESQL), marks=pytest.mark.slow),
        pytest.param(("current", MARIADB), marks=pytest.mark.slow),
        pytest.param(("vintage", MARIADB), marks=pytest.mark.slow),
    ],
    ids="-".join,
)
def site(request: pytest.FixtureRequest, run_folder: Path) -> Iterator[tuple[Services, list[Server]]]:
    """Lanes of one stack that reach an engine by an ORM; coroutines where the stack's ORM has any."""
    name, engine = request.param
    stack_or_skip(name)
    services = request.getfixturevalue("private_mariadb" if engine == MARIADB else "private_services")
    lanes = [LANES[lane] for lane in ASKED if (name, lane) != ("vintage", "django-coroutine")]
    with served(lanes, services=services, folder=run_folder, stack=name, workers=1, environment=IMPATIENT) as started:
        yield services, started


def statuses(server: Server, many: int) -> list[int]:
    paths = [f"/{server.lane.styles[0]}/orm/articles/7"] * many
    return [answer.status_code for answer in ask_together(server.base_url, paths).answers]


def one_after_another(server: Server) -> set[int]:
    with client(server.base_url) as opened:
        return {opened.ask(f"/{server.lane.styles[0]}/orm/articles/7").status for _ in range(AT_ONCE)}


def test_a_connection_that_the_server_ended_is_replaced_unnoticed(site: tuple[Services, list[Server]]) -> None:
    services, servers = site
    for server in servers:
        statuses(server, AT_ONCE)
    with direct.cursor(services.database_url) as cursor:

        def sessions() -> list[int]:
            cursor.execute(SESSIONS[services.engine])
            return [int(number) for (number,) in cursor.fetchall()]

        ended = sessions()
        assert len(ended) > len(servers)
        for number in ended:
            try:
                cursor.execute(END[services.engine].format(number))
            except pymysql.err.OperationalError as error:
                # A pool may have given it up since it was listed, which is as good as ended.
                if error.args[0] != ER.NO_SUCH_THREAD:
                    raise
        assert eventually(lambda: not set(ended) & set(sessions()))
    assert {server.lane.name: one_after_another(server) for server in servers} == {
        server.lane.name: {200} for server in servers
    }


def test_a_query_that_took_too_long_is_refused_and_the_next_one_is_not(site: tuple[Services, list[Server]]) -> None:
    services, servers = site
    for server in servers:
        with direct.cursor(services.database_url) as cursor:
            for statement in HOLD[services.engine]:
                cursor.execute(statement)
            assert set(statuses(server, AT_ONCE)) == {503}
            cursor.execute(LET_GO[services.engine])
        assert one_after_another(server) == {200}, server.lane.name
