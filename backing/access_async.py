"""Reach the database from coroutines; `access` is the twin for plain functions.

`per-request` opens a connection, uses and closes it. `shared` is one connection that all use at once, which nothing
protects. `locked` is one connection that one after another may use. `per-thread` keeps one for each task. `pooled`
lends one of a few that stay open. The kinds differ in this and in nothing else.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from backing.access import Counts, Row
from backing.background import on_lasting_loop
from backing.driver import driver
from backing.ways_async import Held
from contract.errors import Refused

_held: list[Held] = []


def _of_process() -> Held:
    if not _held:
        _held.append(Held())
    return _held[0]


async def close() -> None:
    """Close what is kept between requests, at the end of the process."""
    while _held:
        held = _held.pop()
        for each in (held.pool, held.shared, held.locked):
            await each.close()


@asynccontextmanager
async def connection(access: str) -> AsyncIterator[Any]:
    """Give a connection by this access, on a loop that lasts; refuse the request where the database cannot serve it."""
    try:
        async with _of_process().ways[access]() as opened:
            yield opened
    except driver().RETRY:
        raise
    except driver().BROKEN:
        raise Refused(503) from None


@asynccontextmanager
async def transaction(access: str, isolation: str | None = None) -> AsyncIterator[Any]:
    """Give a cursor in a transaction at this level, committed at the end of the block, rolled back where it raises.

    It has to be used on a loop that lasts: see `on_lasting_loop`. The usual level is READ COMMITTED, on both engines.
    Raises the driver's `RETRY` and `DUPLICATE` as they come.
    """
    async with connection(access) as opened, opened.cursor() as cursor:
        try:
            for statement in driver().begin(isolation):
                await cursor.execute(statement)
            yield cursor
            await cursor.execute("COMMIT")
        except BaseException:
            # A connection that is broken has no transaction any more.
            with suppress(*driver().BROKEN, Refused):
                await cursor.execute("ROLLBACK")
            raise


async def read(access: str, row: Callable[..., Row], query: str, *keys: Sequence[Any]) -> list[Row]:
    """Run a query once for each of `keys`, one after another on one connection; return all rows."""
    # A pool outlives the request; where a framework gives each request an event loop, that one does not.
    return await on_lasting_loop(_read(access, row, query, *keys))


async def _read(access: str, row: Callable[..., Row], query: str, *keys: Sequence[Any]) -> list[Row]:
    async with connection(access) as opened, opened.cursor() as cursor:
        rows: list[Row] = []
        for key in keys:
            await cursor.execute(query, key)
            rows += [row(*values) for values in await cursor.fetchall()]
        return rows


async def write(access: str, query: str, values: Sequence[Any]) -> int:
    """Run a statement that is a transaction by itself; return how many rows it touched."""
    return await on_lasting_loop(_write(access, query, values))


async def _write(access: str, query: str, values: Sequence[Any]) -> int:
    async with connection(access) as opened, opened.cursor() as cursor:
        await cursor.execute(query, values)
        return int(cursor.rowcount)


def counts() -> Counts:
    """Return what is held; nothing where no access was used yet."""
    if not _held:
        return Counts(0, 0, 0)
    pooled, waiting = _held[0].pool.state()
    return Counts(pooled, waiting, max(0, _held[0].shared.reopened))
