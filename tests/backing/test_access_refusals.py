"""What is refused, and when: a pool that is held, a query that does not end, a database that is full or not there."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack, closing, contextmanager, suppress
from socket import create_server, socket
from threading import Barrier, Event
from typing import Any

import pytest

from backing import access, access_async
from backing.articles import articles
from backing.database_url import MARIADB, POSTGRESQL
from backing.driver import sessions_refused, sessions_refused_by
from backing.existing import connect
from backing.services import Services
from contract.bodies import Article
from contract.errors import Refused
from contract.queries import ARTICLES_GET
from contract.rows.articles import ACCESS
from tests.backing.accessing import ONE, lasting, row

SLEEP = {POSTGRESQL: "SELECT pg_sleep(30)", MARIADB: "SELECT sleep(30)"}


def knocks(server: socket) -> int:
    """Count the connections that nobody has accepted."""
    server.setblocking(False)
    found = []
    with suppress(BlockingIOError):
        while True:
            found.append(server.accept()[0])
    for one in found:
        one.close()
    return len(found)


def refused(work: Any) -> int:
    with pytest.raises(Refused) as caught:
        work()
    return caught.value.status


@pytest.mark.usefixtures("lane")
def test_a_request_that_finds_no_free_connection_is_refused_in_time() -> None:
    all_held, release = Barrier(3, timeout=20), Event()

    def hold() -> None:
        with access.connection("pooled"):
            all_held.wait()
            release.wait(20)

    with ThreadPoolExecutor(2) as threads:
        held = [threads.submit(hold) for _ in range(2)]
        all_held.wait()
        assert refused(lambda: access.read("pooled", Article, ARTICLES_GET, (1,))) == 503
        release.set()
        for one in held:
            one.result()
    assert access.read("pooled", Article, ARTICLES_GET, (1,)) == [articles()[0]]


@pytest.mark.usefixtures("lane")
@pytest.mark.parametrize("way", ACCESS.choices)
def test_a_query_that_does_not_end_is_refused_and_its_connection_is_not_used_again(
    way: str, database: Services
) -> None:
    assert refused(lambda: access.read(way, tuple, SLEEP[database.engine], ())) == 503
    assert access.read(way, Article, ARTICLES_GET, (1,)) == [articles()[0]]


@pytest.mark.usefixtures("lane")
@pytest.mark.parametrize("way", ACCESS.choices)
def test_a_query_that_does_not_end_is_refused_to_a_coroutine_as_well(way: str, database: Services) -> None:
    async def in_coroutine() -> list[Article]:
        with pytest.raises(Refused):
            await access_async.read(way, tuple, SLEEP[database.engine], ())
        return await access_async.read(way, Article, ARTICLES_GET, (1,))

    assert lasting(in_coroutine()) == [articles()[0]]


@pytest.mark.usefixtures("lane")
@pytest.mark.parametrize("hangs", [False, True], ids=["down", "hanging"])
def test_who_waits_for_a_database_that_is_not_there_is_refused_with_the_first(
    monkeypatch: pytest.MonkeyPatch, database: Services, *, hangs: bool
) -> None:
    scheme = database.database_url.partition(":")[0]

    async def in_coroutine() -> list[list[tuple[object, ...]] | BaseException]:
        reads = (access_async.read("pooled", row, ONE, ()) for _ in range(8))
        return await asyncio.wait_for(asyncio.gather(*reads, return_exceptions=True), 60)

    with create_server(("127.0.0.1", 0), backlog=100) as server:
        if not hangs:
            server.close()
            monkeypatch.setenv("TRILANE_DATABASE_URL", f"{scheme}://trilane@127.0.0.1:1/trilane")
        else:
            port = server.getsockname()[1]
            monkeypatch.setenv("TRILANE_DATABASE_URL", f"{scheme}://trilane@127.0.0.1:{port}/trilane")
        monkeypatch.setenv("TRILANE_POOL_TIMEOUT_S", "3600")
        monkeypatch.setenv("TRILANE_POOL_SIZE", "6")
        access.settings.cache_clear()
        with ThreadPoolExecutor(8) as threads:
            refusals = [threads.submit(refused, lambda: access.read("pooled", row, ONE, ())) for _ in range(8)]
            assert [refusal.result() for refusal in refusals] == [503] * 8
        if hangs:
            # One connects for all; a slow machine may let a moment pass in between.
            assert knocks(server) <= 3
        assert all(isinstance(found, Refused) for found in lasting(in_coroutine()))


@pytest.mark.usefixtures("lane")
def test_a_database_that_is_not_there_is_a_refusal(monkeypatch: pytest.MonkeyPatch, database: Services) -> None:
    scheme = database.database_url.partition(":")[0]
    monkeypatch.setenv("TRILANE_DATABASE_URL", f"{scheme}://trilane@127.0.0.1:1/trilane")
    access.settings.cache_clear()
    for way in ACCESS.choices:
        assert refused(lambda way=way: access.read(way, Article, ARTICLES_GET, (1,))) == 503


@contextmanager
def accepting_few(database: Services) -> Iterator[str]:
    """Give the URL of a database that soon has as many connections as it accepts."""
    with closing(connect(database.database_url)) as own, closing(own.cursor()) as cursor:
        begin, end = {
            POSTGRESQL: ("CREATE ROLE few LOGIN CONNECTION LIMIT 3", "DROP ROLE few"),
            MARIADB: ("SET GLOBAL max_connections = 10", "SET GLOBAL max_connections = 1000"),
        }[database.engine]
        cursor.execute(begin)
        try:
            yield database.database_url.replace("postgresql://trilane@", "postgresql://few@")
        finally:
            cursor.execute(end)


@pytest.mark.usefixtures("lane")
def test_connections_beyond_what_the_database_accepts_are_refused_and_counted(
    monkeypatch: pytest.MonkeyPatch, database: Services
) -> None:
    async def in_coroutine() -> None:
        async with AsyncExitStack() as held:
            for _ in range(20):
                await held.enter_async_context(access_async.connection("per-request"))

    def in_thread() -> None:
        with ExitStack() as held:
            for _ in range(20):
                held.enter_context(access.connection("per-request"))

    with accepting_few(database) as url:
        monkeypatch.setenv("TRILANE_DATABASE_URL", url)
        access.settings.cache_clear()
        before, by_way = sessions_refused.value, {way: each.value for way, each in sessions_refused_by.items()}
        assert refused(in_thread) == 503
        assert refused(lambda: lasting(in_coroutine())) == 503
        assert sessions_refused.value - before == 2
        more = {way: each.value - by_way[way] for way, each in sessions_refused_by.items()}
        assert more == dict.fromkeys(ACCESS.choices, 0) | {"per-request": 2}
