"""What is read by every way to the database, and the connections that are kept for it."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from typing import Any

import pytest

from backing import access, access_async
from backing.articles import articles
from backing.background import on_background_loop
from backing.database_url import MARIADB, POSTGRESQL
from backing.existing import connect
from backing.services import Services
from contract.bodies import Article
from contract.errors import Refused
from contract.queries import ARTICLES_GET
from contract.rows.articles import ACCESS
from tests.backing.accessing import ONE, lasting, row
from tests.waiting import eventually

PID = {POSTGRESQL: "SELECT pg_backend_pid()", MARIADB: "SELECT connection_id()"}
BACKENDS = {
    POSTGRESQL: "SELECT pid FROM pg_stat_activity WHERE application_name = %s",
    MARIADB: "SELECT processlist_id FROM performance_schema.session_connect_attrs"
    " WHERE attr_name = 'program_name' AND attr_value = %s",
}
END = {POSTGRESQL: "SELECT pg_terminate_backend(%s, 20000)", MARIADB: "KILL CONNECTION %s"}


def backends(cursor: Any, database: Services, lane: str) -> list[int]:
    cursor.execute(BACKENDS[database.engine], (lane,))
    return [int(number) for (number,) in cursor.fetchall()]


def end_backends(database: Services, lane: str) -> None:
    """End a lane's sessions from the server's side, and return when they are gone."""
    with closing(connect(database.database_url)) as own, closing(own.cursor()) as cursor:
        for number in backends(cursor, database, lane):
            cursor.execute(END[database.engine], (number,))
        assert eventually(lambda: not backends(cursor, database, lane))


def backend(connection: Any, database: Services) -> int:
    with closing(connection.cursor()) as cursor:
        cursor.execute(PID[database.engine])
        return int(cursor.fetchone()[0])


@pytest.mark.usefixtures("lane")
@pytest.mark.parametrize("way", ACCESS.choices)
def test_both_styles_read_the_same_rows_by_every_access(way: str) -> None:
    async def in_coroutine() -> list[Article]:
        return await access_async.read(way, Article, ARTICLES_GET, (7,), (10_000,))

    wanted = [articles()[6], articles()[9_999]]
    assert access.read(way, Article, ARTICLES_GET, (7,), (10_000,)) == wanted
    assert lasting(in_coroutine()) == wanted


def test_a_pool_never_opens_more_connections_than_its_size(lane: str, database: Services) -> None:
    def read(_: int) -> None:
        # Where sixteen press for two connections on a busy machine, one of them may wait too long.
        with suppress(Refused):
            access.read("pooled", Article, ARTICLES_GET, (1,))

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(read, range(200)))
    found = access.read("pooled", row, BACKENDS[database.engine], (lane,))
    assert 1 <= len(found) <= 2


@pytest.mark.usefixtures("lane")
def test_coroutines_on_passing_event_loops_share_the_pool_of_the_background_loop() -> None:
    async def in_coroutine() -> list[Article]:
        return await access_async.read("pooled", Article, ARTICLES_GET, (1,))

    try:
        for _ in range(3):
            assert asyncio.run(in_coroutine()) == [articles()[0]]
    finally:
        asyncio.run(on_background_loop(access_async.close()))


@pytest.mark.usefixtures("lane")
def test_a_pool_of_six_keeps_five_connections_between_reads(
    monkeypatch: pytest.MonkeyPatch, database: Services
) -> None:
    monkeypatch.setenv("TRILANE_POOL_SIZE", "6")
    monkeypatch.setenv("TRILANE_POOL_TIMEOUT_S", "60")
    access.settings.cache_clear()
    lent_by_round: list[set[int]] = []
    for _ in range(3):
        with ExitStack() as held:
            lent = [held.enter_context(access.connection("pooled")) for _ in range(6)]
            lent_by_round.append({backend(one, database) for one in lent})
    first, second, third = lent_by_round
    assert [len(first & second), len(second & third)] == [5, 5]


def test_connections_that_the_server_ended_are_replaced_unnoticed(lane: str, database: Services) -> None:
    for _ in range(15):
        assert access.read("pooled", row, ONE, ()) == [(1,)]
        end_backends(database, lane)
    assert access.read("pooled", row, ONE, ()) == [(1,)]


def test_coroutines_do_not_notice_connections_that_the_server_ended_either(lane: str, database: Services) -> None:
    async def in_coroutine() -> None:
        for _ in range(15):
            reads = await asyncio.gather(*(access_async.read("pooled", row, ONE, ()) for _ in range(4)))
            assert reads == [[(1,)]] * 4
            await asyncio.to_thread(end_backends, database, lane)

    lasting(in_coroutine())
