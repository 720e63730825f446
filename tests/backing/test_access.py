import asyncio
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack, closing, contextmanager, suppress
from socket import create_server, socket
from threading import Barrier, Event
from typing import Any, TypeVar

import pytest

from backing import access, access_async
from backing.articles import articles
from backing.background import on_background_loop
from backing.database_url import MARIADB, POSTGRESQL
from backing.driver import driver, own_name, sessions_refused, sessions_refused_by
from backing.existing import connect
from backing.loops import know
from backing.services import Services
from contract.bodies import Article
from contract.errors import Refused
from contract.queries import ARTICLES_GET
from contract.rows.articles import ACCESS
from tests.waiting import eventually

Value = TypeVar("Value")

ONE = "SELECT 1"
PID = {POSTGRESQL: "SELECT pg_backend_pid()", MARIADB: "SELECT connection_id()"}
SLEEP = {POSTGRESQL: "SELECT pg_sleep(30)", MARIADB: "SELECT sleep(30)"}
BACKENDS = {
    POSTGRESQL: "SELECT pid FROM pg_stat_activity WHERE application_name = %s",
    MARIADB: "SELECT processlist_id FROM performance_schema.session_connect_attrs"
    " WHERE attr_name = 'program_name' AND attr_value = %s",
}
END = {POSTGRESQL: "SELECT pg_terminate_backend(%s, 20000)", MARIADB: "KILL CONNECTION %s"}


@pytest.fixture(params=[POSTGRESQL, pytest.param(MARIADB, marks=pytest.mark.slow)])
def database(request: pytest.FixtureRequest) -> Services:
    """The services of one engine."""
    name = "private_mariadb" if request.param == MARIADB else "private_services"
    found: Services = request.getfixturevalue(name)
    return found


@pytest.fixture
def lane(database: Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A process as a lane has it: two pooled connections, and little patience."""
    monkeypatch.setenv("TRILANE_DATABASE_URL", database.database_url)
    monkeypatch.setenv("TRILANE_LANE", "tested")
    monkeypatch.setenv("TRILANE_POOL_SIZE", "2")
    monkeypatch.setenv("TRILANE_POOL_TIMEOUT_S", "0.3")
    monkeypatch.setenv("TRILANE_QUERY_TIMEOUT_S", "0.6")
    access.settings.cache_clear()
    access.close()
    yield own_name("pooled")
    access.close()
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


INSERT = "INSERT INTO tag (name) VALUES (%s)"
DELETE = "DELETE FROM tag WHERE name = %s"
NAMES = "SELECT name FROM tag WHERE name LIKE 'access %%'"


@pytest.mark.usefixtures("lane")
@pytest.mark.parametrize("way", ACCESS.choices)
def test_a_transaction_is_committed_at_its_end_and_rolled_back_where_it_raises(way: str) -> None:
    with access.transaction(way) as cursor:
        cursor.execute(INSERT, ("access kept",))
    with suppress(LookupError, Refused), access.transaction(way) as cursor:
        cursor.execute(INSERT, ("access dropped",))
        raise LookupError
    assert access.read(way, row, NAMES, ()) == [("access kept",)]
    assert [access.write(way, DELETE, ("access kept",)) for _ in range(2)] == [1, 0]


@pytest.mark.usefixtures("lane")
@pytest.mark.parametrize("way", ACCESS.choices)
def test_a_transaction_of_a_coroutine_is_committed_and_rolled_back_as_well(way: str) -> None:
    async def in_coroutine() -> list[Any]:
        async with access_async.transaction(way) as cursor:
            await cursor.execute(INSERT, ("access kept",))
        with suppress(LookupError, Refused):
            async with access_async.transaction(way) as cursor:
                await cursor.execute(INSERT, ("access dropped",))
                raise LookupError
        found: list[Any] = await access_async.read(way, row, NAMES, ())
        return [*found, *[await access_async.write(way, DELETE, ("access kept",)) for _ in range(2)]]

    assert lasting(in_coroutine()) == [("access kept",), 1, 0]


@pytest.mark.usefixtures("lane")
def test_a_row_that_is_there_already_is_told_from_a_database_that_fails() -> None:
    access.write("pooled", INSERT, ("access twice",))
    with pytest.raises(driver().DUPLICATE):
        access.write("pooled", INSERT, ("access twice",))
    assert access.write("pooled", DELETE, ("access twice",)) == 1


@pytest.mark.usefixtures("lane")
def test_two_transactions_that_wait_for_each_other_end_and_one_may_be_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Longer than the server waits before it looks for such a pair.
    monkeypatch.setenv("TRILANE_QUERY_TIMEOUT_S", "20")
    access.settings.cache_clear()
    barrier = Barrier(2, timeout=20)

    def work(first: str, second: str) -> bool:
        try:
            with access.transaction("pooled") as cursor:
                cursor.execute("UPDATE tag SET name = name WHERE name = %s", (first,))
                barrier.wait()
                cursor.execute("UPDATE tag SET name = name WHERE name = %s", (second,))
        except driver().RETRY:
            return False
        return True

    names = ("access one", "access two")
    for name in names:
        access.write("pooled", INSERT, (name,))
    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(work, names, reversed(names)))
    assert [access.write("pooled", DELETE, (name,)) for name in names] == [1, 1]
    assert sorted(done) == [False, True]
