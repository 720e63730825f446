import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import pytest

from backing import access, access_async
from backing.articles import articles
from backing.services import Services
from contract.bodies import Article
from contract.errors import Refused
from contract.queries import ARTICLES_GET

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
    access._pool.clear()  # noqa: SLF001 - as above
    access.settings.cache_clear()


def refused(work: Any) -> int:
    with pytest.raises(Refused) as caught:
        work()
    return caught.value.status


@pytest.mark.usefixtures("lane")
@pytest.mark.parametrize("way", ["per-request", "pooled"])
def test_both_styles_read_the_same_rows_by_every_access(way: str) -> None:
    async def in_coroutine() -> list[Article]:
        try:
            return await access_async.read(way, Article, ARTICLES_GET, (7,), (10_000,))
        finally:
            await access_async.close()

    wanted = [articles()[6], articles()[9_999]]
    assert access.read(way, Article, ARTICLES_GET, (7,), (10_000,)) == wanted
    assert asyncio.run(in_coroutine()) == wanted


def test_a_pool_never_opens_more_connections_than_its_size(lane: str) -> None:
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda _: access.read("pooled", Article, ARTICLES_GET, (1,)), range(200)))
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
        try:
            with pytest.raises(Refused):
                await access_async.read(way, tuple, SLEEP, ())
            return await access_async.read(way, Article, ARTICLES_GET, (1,))
        finally:
            await access_async.close()

    assert asyncio.run(in_coroutine()) == [articles()[0]]


@pytest.mark.usefixtures("lane")
def test_a_pool_refuses_an_event_loop_that_is_not_its_own() -> None:
    async def in_coroutine() -> list[Article]:
        return await access_async.read("pooled", Article, ARTICLES_GET, (1,))

    with asyncio.Runner() as home:
        assert home.run(in_coroutine()) == [articles()[0]]
        assert refused(lambda: asyncio.run(in_coroutine())) == 503
        assert home.run(in_coroutine()) == [articles()[0]]
        home.run(access_async.close())


@pytest.mark.usefixtures("lane")
def test_a_database_that_is_not_there_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRILANE_DATABASE_URL", "postgresql://trilane@127.0.0.1:1/trilane")
    access.settings.cache_clear()
    for way in ("per-request", "pooled"):
        assert refused(lambda way=way: access.read(way, Article, ARTICLES_GET, (1,))) == 503
