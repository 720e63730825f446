"""Reach the database from plain functions; `access_async` is the twin for coroutines.

`per-request` opens a connection, uses and closes it. `shared` is one connection that all use at once, which nothing
protects. `locked` is one connection that one after another may use. `per-thread` keeps one for each thread. `pooled`
lends one of a few that stay open. The kinds differ in this and in nothing else.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar

from backing.driver import driver
from backing.settings import settings
from backing.ways import Held
from contract.errors import Refused

__all__ = ["Counts", "close", "connection", "counts", "read", "settings", "transaction", "write"]

Row = TypeVar("Row")


@dataclass(frozen=True)
class Counts:
    """What the accesses of one style hold: `pool_waiting` requests wait for one of `pool_open` connections.

    `shared_reopened` is how often the shared connection had to be opened again, since what came over it was no answer.
    """

    pool_open: int
    pool_waiting: int
    shared_reopened: int


_held: list[Held] = []
_making = Lock()


def _of_process() -> Held:
    if not _held:
        with _making:
            if not _held:
                _held.append(Held())
    return _held[0]


def close() -> None:
    """Close what is kept between requests, at the end of the process."""
    while _held:
        held = _held.pop()
        for each in (held.pool, held.shared, held.locked):
            each.close()


@contextmanager
def connection(access: str) -> Iterator[Any]:
    """Give a connection by this access; refuse the request where the database cannot serve it."""
    try:
        with _of_process().ways[access]() as opened:
            yield opened
    except driver().RETRY:
        raise
    except driver().BROKEN:
        raise Refused(503) from None


@contextmanager
def transaction(access: str, isolation: str | None = None) -> Iterator[Any]:
    """Give a cursor in a transaction at this level, committed at the end of the block, rolled back where it raises.

    The usual level is READ COMMITTED, on both engines. Raises the driver's `RETRY` and `DUPLICATE` as they come.
    """
    with connection(access) as opened, closing(opened.cursor()) as cursor:
        try:
            for statement in driver().begin(isolation):
                cursor.execute(statement)
            yield cursor
            cursor.execute("COMMIT")
        except BaseException:
            # A connection that is broken has no transaction any more.
            with suppress(*driver().BROKEN, Refused):
                cursor.execute("ROLLBACK")
            raise


def read(access: str, row: Callable[..., Row], query: str, *keys: Sequence[Any]) -> list[Row]:
    """Run a query once for each of `keys`, one after another on one connection; return all rows."""
    with connection(access) as opened, closing(opened.cursor()) as cursor:
        rows: list[Row] = []
        for key in keys:
            cursor.execute(query, key)
            rows += [row(*values) for values in cursor.fetchall()]
        return rows


def write(access: str, query: str, values: Sequence[Any]) -> int:
    """Run a statement that is a transaction by itself; return how many rows it touched."""
    with connection(access) as opened, closing(opened.cursor()) as cursor:
        cursor.execute(query, values)
        return int(cursor.rowcount)


def counts() -> Counts:
    """Return what is held; nothing where no access was used yet."""
    if not _held:
        return Counts(0, 0, 0)
    pool, shared = _held[0].pool, _held[0].shared
    pooled = sum(not driver().is_closed(connection) for connection in list(pool.open))
    return Counts(pooled, pool.waiting, max(0, shared.reopened))
