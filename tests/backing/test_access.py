import asyncio
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from socket import create_server, socket
from threading import Barrier, Event
from typing import Any, TypeVar

import psycopg
import pytest

from backing import access, access_async
from backing.articles import articles
from backing.background import on_background_loop
from backing.loops import know
from backing.services import Services
from contract.bodies import Article
from contract.errors import Refused
from contract.queries import ARTICLES_GET

Value = TypeVar("Value")

ONE = "SELECT 1"
PID = "SELECT pg_backend_pid()"
SLEEP = "SELECT pg_sleep(30)"
BACKENDS = "SELECT count(DISTINCT pid) FROM pg_stat_activity WHERE application_name = %s"


@pytest.fixture
def lane(private_services: Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A process as a lane has it: two pooled connections, and little patience."""
    monkeypatch.setenv("TRILANE_DATABASE_URL", private_services.database_url)
    monkeypatch.setenv("TRILANE_LANE", "tested")
    monkeypatch.setenv("TRILANE_POOL_SIZE", "2")
    monkeypatch.setenv("TRILANE_POOL_TIMEOUT_S", "0.3")
    monkeypatch.setenv("TRILANE_QUERY_TIMEOUT_S", "0.6")
    access.settings.cache_clear()
    access._pool.clear()  # noqa: SLF001 - a process has one pool; this one plays several processes
    yield str(access.connection_options()["application_name"])
    end_backends(private_services, str(access.connection_options()["application_name"]))
    access._pool.clear()  # noqa: SLF001 - as above
    access.settings.cache_clear()


def row(*values: object) -> tuple[object, ...]:
    return values


def lasting(work: Coroutine[Any, Any, Value]) -> Value:
    """Run a coroutine on a loop that lasts as a server's does; close the pool with it."""

    async def known() -> Value:
        know(asyncio.get_running_loop())
        try:
            return await work
        finally:
            await access_async.close()

    return asyncio.run(known())


def end_backends(services: Services, lane: str) -> None:
    with psycopg.connect(services.database_url, autocommit=True) as own:
        own.execute(
            "SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity WHERE application_name = %s", (lane,)
        )


def backend(connection: Any) -> int:
    with closing(connection.cursor()) as cursor:
        cursor.execute(PID)
        return int(cursor.fetchone()[0])


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
@pytest.mark.parametrize("way", ["per-request", "pooled"])
def test_both_styles_read_the_same_rows_by_every_access(way: str) -> None:
    async def in_coroutine() -> list[Article]:
        return await access_async.read(way, Article, ARTICLES_GET, (7,), (10_000,))

    wanted = [articles()[6], articles()[9_999]]
    assert access.read(way, Article, ARTICLES_GET, (7,), (10_000,)) == wanted
    assert lasting(in_coroutine()) == wanted


def test_a_pool_never_opens_more_connections_than_its_size(lane: str) -> None:
    def read(_: int) -> None:
        # Where sixteen press for two connections on a busy machine, one of them may wait too long.
        with suppress(Refused):
            access.read("pooled", Article, ARTICLES_GET, (1,))

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(read, range(200)))
    ((count,),) = access.read("pooled", lambda count: (count,), BACKENDS, (lane,))
    assert count <= 2


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
@pytest.mark.parametrize("way", ["per-request", "pooled"])
def test_a_query_that_does_not_end_is_refused_and_its_connection_is_not_used_again(way: str) -> None:
    assert refused(lambda: access.read(way, tuple, SLEEP, ())) == 503
    assert access.read(way, Article, ARTICLES_GET, (1,)) == [articles()[0]]


@pytest.mark.usefixtures("lane")
@pytest.mark.parametrize("way", ["per-request", "pooled"])
def test_a_query_that_does_not_end_is_refused_to_a_coroutine_as_well(way: str) -> None:
    async def in_coroutine() -> list[Article]:
        with pytest.raises(Refused):
            await access_async.read(way, tuple, SLEEP, ())
        return await access_async.read(way, Article, ARTICLES_GET, (1,))

    assert lasting(in_coroutine()) == [articles()[0]]


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
def test_a_pool_keeps_all_its_connections_between_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRILANE_POOL_SIZE", "6")
    monkeypatch.setenv("TRILANE_POOL_TIMEOUT_S", "60")
    access.settings.cache_clear()
    pids: set[int] = set()
    for _ in range(3):
        with ExitStack() as held:
            lent = [held.enter_context(access.connection("pooled")) for _ in range(6)]
            pids |= {backend(one) for one in lent}
    assert len(pids) == 6


def test_connections_that_the_server_ended_are_replaced_unnoticed(lane: str, private_services: Services) -> None:
    for _ in range(15):
        assert access.read("pooled", row, ONE, ()) == [(1,)]
        end_backends(private_services, lane)
    assert access.read("pooled", row, ONE, ()) == [(1,)]


def test_coroutines_do_not_notice_connections_that_the_server_ended_either(
    lane: str, private_services: Services
) -> None:
    async def in_coroutine() -> None:
        for _ in range(15):
            reads = await asyncio.gather(*(access_async.read("pooled", row, ONE, ()) for _ in range(4)))
            assert reads == [[(1,)]] * 4
            await asyncio.to_thread(end_backends, private_services, lane)

    lasting(in_coroutine())


@pytest.mark.usefixtures("lane")
@pytest.mark.parametrize("hangs", [False, True], ids=["down", "hanging"])
def test_who_waits_for_a_database_that_is_not_there_is_refused_with_the_first(
    monkeypatch: pytest.MonkeyPatch, *, hangs: bool
) -> None:
    async def in_coroutine() -> list[list[tuple[object, ...]] | BaseException]:
        reads = (access_async.read("pooled", row, ONE, ()) for _ in range(8))
        return await asyncio.wait_for(asyncio.gather(*reads, return_exceptions=True), 60)

    with create_server(("127.0.0.1", 0), backlog=100) as server:
        if not hangs:
            server.close()
            monkeypatch.setenv("TRILANE_DATABASE_URL", "postgresql://trilane@127.0.0.1:1/trilane")
        else:
            port = server.getsockname()[1]
            monkeypatch.setenv("TRILANE_DATABASE_URL", f"postgresql://trilane@127.0.0.1:{port}/trilane")
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
def test_a_database_that_is_not_there_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRILANE_DATABASE_URL", "postgresql://trilane@127.0.0.1:1/trilane")
    access.settings.cache_clear()
    for way in ("per-request", "pooled"):
        assert refused(lambda way=way: access.read(way, Article, ARTICLES_GET, (1,))) == 503
