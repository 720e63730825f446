"""Transactions by every way to the database: what stands, what is rolled back, and what may be tried again."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier
from typing import Any

import pytest

from backing import access, access_async
from backing.driver import driver
from contract.errors import Refused
from contract.rows.articles import ACCESS
from tests.backing.accessing import lasting, row

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
