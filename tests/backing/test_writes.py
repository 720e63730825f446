"""Orders and likes by SQL, in both styles and on both engines: each key once, no like lost but without a lock."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from secrets import token_hex
from typing import Any, TypeVar

import pytest

from backing import access, access_async, direct, locks, locks_async, valkey_client, writes, writes_async
from backing.driver import driver
from backing.loops import know
from backing.services import Services
from backing.settings import settings
from contract.bodies import Order
from contract.errors import Refused
from contract.rows.writing import LOCK
from loadtests.measurement.books import Books, books

Value = TypeVar("Value")

SAFE = [lock for lock in LOCK.choices if lock != "none"]
MISSING = 2_147_483_647
ARTICLE = 4242
WAITING = {
    "postgresql": "SELECT count(*) FROM pg_locks WHERE NOT granted",
    "mariadb": "SELECT count(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'",
}


@pytest.fixture(params=["private_services", "private_mariadb"], ids=["postgresql", "mariadb"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """A process as a lane has it, on one of the engines."""
    services: Services = request.getfixturevalue(request.param)
    monkeypatch.setenv("TRILANE_DATABASE_URL", services.database_url)
    monkeypatch.setenv("TRILANE_VALKEY_URL", services.valkey_url)
    monkeypatch.setenv("TRILANE_LANE", "tested")
    access.close()
    settings.cache_clear()
    valkey_client.client.cache_clear()
    yield services
    access.close()
    valkey_client.close()
    settings.cache_clear()


@pytest.fixture
def kept(engine: Services) -> Iterator[Books]:
    with books(engine.database_url) as opened:
        yield opened


def lasting(work: Coroutine[Any, Any, Value]) -> Value:
    """Run a coroutine on a loop that lasts as a server's does; close what it opened with it."""

    async def known() -> Value:
        know(asyncio.get_running_loop())
        try:
            return await work
        finally:
            await access_async.close()
            await valkey_client.close_async()

    return asyncio.run(known())


def rows(services: Services, key: str) -> int:
    with direct.cursor(services.database_url) as cursor:
        cursor.execute('SELECT count(*) FROM "order" WHERE idempotency_key = %s', (key,))
        return int(cursor.fetchone()[0])


def once(answers: list[tuple[Order, bool]]) -> bool:
    """Tell whether one of the callers took the order, and all were given the same."""
    return sum(taken for _, taken in answers) == 1 and len({order for order, _ in answers}) == 1


def test_a_hundred_threads_with_one_key_make_one_order_and_all_get_it(engine: Services) -> None:
    key = token_hex(16)
    with ThreadPoolExecutor(100) as threads:
        answers = list(threads.map(lambda _: writes.order(key, ARTICLE, 3), range(100)))
    assert once(answers)
    assert rows(engine, key) == 1


def test_a_hundred_coroutines_with_one_key_make_one_order_and_all_get_it(engine: Services) -> None:
    async def all_at_once() -> list[tuple[Order, bool]]:
        return await asyncio.gather(*(writes_async.order(key, ARTICLE, 3) for _ in range(100)))

    key = token_hex(16)
    assert once(lasting(all_at_once()))
    assert rows(engine, key) == 1


@pytest.mark.usefixtures("engine")
def test_a_key_stands_for_one_order_and_no_other() -> None:
    key = token_hex(16)
    writes.order(key, ARTICLE, 3)
    for article_id, quantity, status in ((ARTICLE, 4, 409), (ARTICLE + 1, 3, 409), (MISSING, 3, 404)):
        with pytest.raises(Refused) as caught:
            writes.order(key, article_id, quantity)
        assert caught.value.status == status


def order_async(key: str, article_id: int, quantity: int) -> tuple[Order, bool]:
    return lasting(writes_async.order(key, article_id, quantity))


@pytest.mark.parametrize("order", [writes.order, order_async])
def test_an_order_of_an_article_that_is_deleted_meanwhile_is_refused_as_one_of_no_article(
    engine: Services, kept: Books, order: Callable[[str, int, int], tuple[Order, bool]]
) -> None:
    article = kept.article("deleted meanwhile")
    with kept.open(article), ThreadPoolExecutor(1) as threads, direct.cursor(engine.database_url) as cursor:
        cursor.execute("BEGIN")
        cursor.execute("DELETE FROM article WHERE id = %s", (article,))
        # It still finds the article, and waits to know whether the deletion will stand.
        ordering = threads.submit(order, token_hex(16), article, 1)
        wait_for_waiting(engine)
        cursor.execute("COMMIT")
        with pytest.raises(Refused) as caught:
            ordering.result(20)
    assert caught.value.status == 404


def wait_for_waiting(services: Services, many: int = 1) -> None:
    """Return when so many transactions wait for another one."""
    until_s = time.monotonic() + 8
    with direct.cursor(services.database_url) as cursor:
        while time.monotonic() < until_s:
            cursor.execute(WAITING[services.engine])
            if cursor.fetchone()[0] >= many:
                return
            # One of the engines looks anew only where nobody has asked for a tenth of a second.
            time.sleep(0.15)
    pytest.fail("nobody waits")


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("lock", LOCK.choices)
def test_a_like_of_what_is_not_there_is_refused(lock: str) -> None:
    with pytest.raises(Refused) as caught:
        writes.like(MISSING, lock)
    assert caught.value.status == 404
    with pytest.raises(Refused) as caught:
        lasting(writes_async.like(MISSING, lock))
    assert caught.value.status == 404


@pytest.mark.parametrize("lock", SAFE)
def test_no_like_of_many_threads_is_lost_under_a_lock(kept: Books, lock: str) -> None:
    article = kept.article(f"threads {lock}")
    with kept.open(article), ThreadPoolExecutor(16) as threads:
        told = list(threads.map(lambda _: writes.like(article, lock), range(300)))
        assert sorted(told) == list(range(1, 301))
        assert kept.count("likes", article) == 300


def test_no_like_is_lost_where_some_lock_the_row_and_others_go_by_its_version(kept: Books) -> None:
    article, locks = kept.article("both locks"), ("optimistic", "pessimistic")
    with kept.open(article), ThreadPoolExecutor(16) as threads:
        told = list(threads.map(lambda number: writes.like(article, locks[number % 2]), range(300)))
        assert sorted(told) == list(range(1, 301))
        assert kept.count("likes", article) == 300


@pytest.mark.parametrize("lock", SAFE)
def test_no_like_of_many_coroutines_is_lost_under_a_lock(kept: Books, lock: str) -> None:
    async def all_at_once() -> list[int]:
        return await asyncio.gather(*(writes_async.like(article, lock) for _ in range(100)))

    article = kept.article(f"coroutines {lock}")
    with kept.open(article):
        assert sorted(lasting(all_at_once())) == list(range(1, 101))
        assert kept.count("likes", article) == 100


def two_threads(article_id: int) -> list[int]:
    with ThreadPoolExecutor(2) as threads:
        return list(threads.map(lambda _: writes.like(article_id, "distributed"), range(2)))


def two_coroutines(article_id: int) -> list[int]:
    async def both() -> list[int]:
        return await asyncio.gather(*(writes_async.like(article_id, "distributed") for _ in range(2)))

    return lasting(both())


@pytest.mark.parametrize("likes", [two_threads, two_coroutines])
def test_no_like_is_lost_where_the_database_holds_up_who_has_the_lock_for_longer_than_the_lease(
    engine: Services, kept: Books, likes: Callable[[int], list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (locks, locks_async):
        monkeypatch.setattr(module, "LEASE_S", 0.05)
    article = kept.article("held up")
    with kept.open(article), ThreadPoolExecutor(1) as threads, direct.cursor(engine.database_url) as cursor:
        cursor.execute("BEGIN")
        cursor.execute("UPDATE article SET summary = 'held' WHERE id = %s", (article,))
        # Both have read the number before either may write it.
        told = threads.submit(likes, article)
        wait_for_waiting(engine, 2)
        cursor.execute("COMMIT")
        assert sorted(told.result(20)) == [1, 2]
        assert kept.count("likes", article) == 2


def test_without_a_lock_likes_are_lost_in_both_styles(kept: Books) -> None:
    async def all_at_once() -> None:
        await asyncio.gather(*(writes_async.like(other, "none") for _ in range(300)))

    article, other = kept.article("threads none"), kept.article("coroutines none")
    with kept.open(article, other):
        with ThreadPoolExecutor(16) as threads:
            list(threads.map(lambda _: writes.like(article, "none"), range(300)))
        lasting(all_at_once())
        assert (kept.count("likes", article) or 300) < 300
        assert (kept.count("likes", other) or 300) < 300


@pytest.mark.usefixtures("engine")
def test_what_got_in_anothers_way_is_tried_again_and_refused_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writes, "LONGEST_PAUSE_S", 0.0)
    tries: list[int] = []

    def in_the_way(times: int) -> int:
        tries.append(1)
        if len(tries) <= times:
            raise driver().RETRY[0](1213, "deadlock")
        return 1

    monkeypatch.setattr(writes, "write", lambda *_: in_the_way(3))
    key = token_hex(16)
    assert writes._take(key, ARTICLE, 3) == 1  # noqa: SLF001 - without the row there is nothing to read
    assert len(tries) == 4
    tries.clear()
    monkeypatch.setattr(writes, "write", lambda *_: in_the_way(1_000))
    with pytest.raises(Refused) as caught:
        writes._take(key, ARTICLE, 3)  # noqa: SLF001 - as above
    assert (caught.value.status, len(tries)) == (503, writes.TRIES)


def test_an_article_of_the_books_is_there_only_while_it_is_open_and_begins_anew_each_time(engine: Services) -> None:
    with books(engine.database_url) as kept:
        article = kept.article("now and then")
        assert kept.article("now and then") == article > 10_000
        assert kept.article("another") != article
        for _ in range(2):
            assert trace(engine, article) == (0, 0)
            with kept.open(article):
                assert trace(engine, article) == (1, 0)
                writes.like(article, "pessimistic")
                writes.order(token_hex(16), article, 1)
                assert (kept.count("likes", article), kept.count("orders", article)) == (1, 1)
        assert kept.count("likes", article) is None
    assert trace(engine, article) == (0, 0)


def trace(services: Services, article: int) -> tuple[int, int]:
    """Return how many rows there are of an article, and how many orders of it."""
    with direct.cursor(services.database_url) as cursor:
        cursor.execute("SELECT count(*) FROM article WHERE id = %s", (article,))
        (articles,) = cursor.fetchone()
        cursor.execute('SELECT count(*) FROM "order" WHERE article_id = %s', (article,))
        (orders,) = cursor.fetchone()
        return articles, orders
