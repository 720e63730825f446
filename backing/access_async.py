"""Reach the database from coroutines; `access` is the twin for plain functions.

`per-request` opens a connection, reads and closes it. `pooled` lends one of a few that stay open. Connections are in
autocommit mode: a read is one round trip, not three.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg.abc import PQGen
from psycopg.rows import args_row
from psycopg_pool import AsyncConnectionPool

from backing.access import BROKEN, OPENED_AT_START, Row, Value, connection_options, settings
from contract.errors import Refused


class Connection(psycopg.AsyncConnection[Any]):
    """A connection whose queries end after the query timeout, even where the server hangs."""

    async def wait(
        self,
        gen: PQGen[Value],
        interval: float = 0.1,
        timeout: float | None = None,  # noqa: ASYNC109 - as inherited
    ) -> Value:
        """Wait for an answer; close the connection where there is none in time, since it may still come."""
        try:
            return await super().wait(gen, interval, timeout or settings().query_timeout_s)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == psycopg.pq.TransactionStatus.ACTIVE:
                self.pgconn.finish()
                raise Refused(503) from None
            raise


async def _connect() -> Connection:
    return await Connection.connect(settings().database_url, **connection_options())


def _new_pool() -> AsyncConnectionPool[Connection]:
    return AsyncConnectionPool(
        settings().database_url,
        connection_class=Connection,
        kwargs=connection_options(),
        min_size=min(OPENED_AT_START, settings().pool_size),
        max_size=settings().pool_size,
        timeout=settings().pool_timeout_s,
        open=False,
    )


_pool: list[AsyncConnectionPool[Connection]] = []
_home: list[asyncio.AbstractEventLoop] = []
_making = asyncio.Lock()


async def _pooled() -> AsyncConnectionPool[Connection]:
    """Return the pool, which belongs to the event loop that first asks for it; refuse a request on any other."""
    if not _home:
        _home.append(asyncio.get_running_loop())
    if _home[0] is not asyncio.get_running_loop():
        raise Refused(503, "The pool lives on another event loop; coroutines need a server that keeps one.")
    if not _pool:
        async with _making:
            if not _pool:
                pool = _new_pool()
                await pool.open()
                _pool.append(pool)
    return _pool[0]


async def close() -> None:
    """Close the pool, if it was ever opened."""
    _home.clear()
    while _pool:
        await _pool.pop().close()


@asynccontextmanager
async def connection(access: str) -> AsyncIterator[Connection]:
    """Give a connection by this access; refuse the request where the database cannot serve it."""
    try:
        lent = (await _pooled()).connection() if access == "pooled" else await _connect()
        async with lent as opened:
            yield opened
    except BROKEN:
        raise Refused(503) from None


async def read(access: str, row: Callable[..., Row], query: str, *keys: Sequence[Any]) -> list[Row]:
    """Run a query once for each of `keys`, one after another on one connection; return all rows."""
    async with connection(access) as opened, opened.cursor(row_factory=args_row(row)) as cursor:
        rows: list[Row] = []
        for key in keys:
            await cursor.execute(query, key)
            rows += await cursor.fetchall()
        return rows


def pool_state() -> tuple[int, int]:
    """Return how many pooled connections are open and how many requests wait for one."""
    if not _pool:
        return 0, 0
    stats = _pool[0].get_stats()
    return stats.get("pool_size", 0), stats.get("requests_waiting", 0)
