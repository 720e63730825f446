"""The three apps send the database the same work: as many queries, with as many rows, by the same plan."""

import dataclasses
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.request import urlopen

import psycopg
import pytest

from backing.database_url import MARIADB, POSTGRESQL
from backing.postgres import postgres
from backing.postgres_template import provide
from backing.scratch import scratch
from backing.services import Services
from contract.conformance.answers import encoded
from contract.conformance.client import client
from contract.conformance.written import fields
from contract.rows.pages import NEWEST
from loadtests.servers import LANES, Server, served
from tests.backing.statements import Seen, seen, statements

SYNC = ("flask-thread", "fastapi-thread", "django-thread")
ASYNC = ("flask-async-view", "fastapi-coroutine", "django-coroutine")
TIMES = 4
# How many queries each is, and of how many rows.
QUESTIONS = {
    "articles?limit=20": (1, 20),
    "articles/7": (1, 1),
    "orm/articles?limit=20": (1, 20),
    "orm/articles/7": (1, 1),
    "page": (2, 1 + NEWEST),
}
TAGS = [f"counted-{number}" for number in range(10)]
# All statements of a write, by whose ORM it is. SQLAlchemy's session is a transaction, which takes two of them, and its
# driver is sent each row that ties a tag as a statement of its own, all in one round trip. Django's is one only where
# there is more than one write, and it deletes what the table would have let go by itself.
WRITES = {"SQLAlchemy": {"create": 4, "tag": 15, "delete": 4}, "Django": {"create": 2, "tag": 6, "delete": 5}}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def counting_postgres(private_services: Services) -> Iterator[Services]:
    """A PostgreSQL that counts its statements, which costs each of them time."""
    with scratch() as folder:
        log = folder / "postgres.log"
        beside = {"shared_preload_libraries": "pg_stat_statements"}
        with postgres(folder, provide(folder, log=log), log=log, beside=beside) as server:
            with psycopg.connect(server.url, autocommit=True) as connection:
                connection.execute("CREATE EXTENSION pg_stat_statements")
            yield dataclasses.replace(private_services, database_url=server.url, processes={"postgres": server.pid})


@pytest.fixture(scope="module", params=[POSTGRESQL, MARIADB])
def database(request: pytest.FixtureRequest) -> Services:
    found: Services = request.getfixturevalue("private_mariadb" if request.param == MARIADB else "counting_postgres")
    return found


@pytest.fixture(scope="module")
def servers(database: Services, run_folder: Path) -> Iterator[dict[str, Server]]:
    lanes = [LANES[name] for name in (*SYNC, *ASYNC)]
    with served(lanes, services=database, folder=run_folder, workers=1) as started:
        yield {server.lane.name: server for server in started}


def counted(database: Services, server: Server, question: str) -> Seen:
    def ask() -> None:
        with urlopen(f"{server.base_url}/{server.lane.styles[0]}/{question}", timeout=60) as answer:  # noqa: S310
            assert answer.status == 200

    # Connections that open ask for more than rows.
    for _ in range(TIMES):
        ask()
    return seen(database.database_url, ask, TIMES)


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("lanes", [SYNC, ASYNC], ids=["sync", "async"])
def test_the_apps_send_as_many_queries_for_as_many_rows_by_the_same_plan(
    servers: dict[str, Server], database: Services, question: str, lanes: tuple[str, ...]
) -> None:
    found = {lane: counted(database, servers[lane], question) for lane in lanes}
    assert len(set(found.values())) == 1, found
    (one,) = set(found.values())
    queries, rows = QUESTIONS[question]
    assert one.queries == queries
    # PostgreSQL tells of the rows that it returned, MariaDB of those that it read, which may be more.
    assert one.rows >= rows
    if database.engine == POSTGRESQL:
        assert one.rows == rows


@pytest.mark.parametrize("question", QUESTIONS)
def test_both_styles_send_the_same(servers: dict[str, Server], database: Services, question: str) -> None:
    found = {lane: counted(database, servers[lane], question) for lane in (SYNC[1], ASYNC[1])}
    assert len(set(found.values())) == 1, found


@pytest.mark.parametrize("database", [POSTGRESQL], indirect=True)
@pytest.mark.parametrize("lane", [*SYNC, *ASYNC])
def test_a_read_is_nothing_but_its_queries(servers: dict[str, Server], database: Services, lane: str) -> None:
    server = servers[lane]
    with client(server.base_url) as asking:
        for question, (queries, _) in QUESTIONS.items():
            path = f"/{server.lane.styles[0]}/{question}"
            for _ in range(TIMES):
                asking.ask(path)
            assert statements(database.database_url, partial(asking.ask, path)) == queries, question


@pytest.mark.parametrize("database", [POSTGRESQL], indirect=True)
@pytest.mark.parametrize("lane", [*SYNC, *ASYNC])
def test_a_write_is_as_many_statements_as_its_orm_needs(
    servers: dict[str, Server], database: Services, lane: str
) -> None:
    server = servers[lane]
    path = f"/{server.lane.styles[0]}/articles"
    with client(server.base_url) as asking:

        def sent(method: str, path: str, body: dict[str, object] | None = None) -> tuple[int, bytes]:
            answers = []
            calls = statements(
                database.database_url,
                lambda: answers.append(asking.ask(path, method=method, body=encoded(body) if body else b"")),
            )
            assert answers[0].status < 300
            return calls, answers[0].body

        # What opens a connection is counted once.
        _, first = sent("POST", path, fields())
        create, made = sent("POST", path, fields())
        own = f"{path}/{json.loads(made)['id']}"
        for tags in (TAGS, []):
            sent("PUT", f"{own}/tags", {"tags": tags})
        tag, _ = sent("PUT", f"{own}/tags", {"tags": TAGS})
        delete, _ = sent("DELETE", own)
        sent("DELETE", f"{path}/{json.loads(first)['id']}")
    assert {"create": create, "tag": tag, "delete": delete} == WRITES["Django" if "django" in lane else "SQLAlchemy"]
