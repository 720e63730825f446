"""Reach the database from coroutines; `access` is the twin for plain functions.

`per-request` opens a connection, reads and closes it. `pooled` lends one of a few that stay open. Connections are in
autocommit mode: a read is one round trip, not three.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from select import POLLIN, poll
from time import monotonic
from typing import Any

import psycopg
from psycopg.abc import PQGen
from psycopg.rows import args_row
from psycopg_pool import AsyncConnectionPool

from backing.access import BROKEN, OPENED_AT_START, Row, Value, connection_options, sessions_opened, settings
from backing.background import on_background_loop
from backing.loops import lasts
from contract.errors import RETRY_AFTER_S, Refused


class Connection(psycopg.AsyncConnection[Any]):
    """A connection whose queries end after the query timeout, even where the server hangs."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - as inherited
        super().__init__(*arguments, **options)
        sessions_opened.add()

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


class Pool(AsyncConnectionPool[Connection]):
    """`AsyncConnectionPool`, which would let all wait for a database that is down, except that it refuses them."""

    down_until_s = 0.0

    async def getconn(self, timeout: float | None = None) -> Connection:  # noqa: ASYNC109 - as inherited
        """Lend a connection; refuse the request when none is free, or can be opened, within the pool timeout."""
        while True:
            if monotonic() < self.down_until_s and not self._pool:
                raise psycopg.OperationalError("the database did not accept a connection a moment ago")
            connection = await super().getconn(timeout)
            if _quiet(connection):
                return connection
            await connection.close()
            await self.putconn(connection)

    async def _connect(self, timeout: float | None = None) -> Connection:  # noqa: ASYNC109 - as inherited
        if monotonic() < self.down_until_s:
            raise psycopg.OperationalError("the database did not accept a connection a moment ago")
        try:
            return await super()._connect(timeout)
        except psycopg.OperationalError as error:
            self.down_until_s = monotonic() + RETRY_AFTER_S
            while self._waiting:
                await self._waiting.popleft().fail(error)
            raise


def _quiet(connection: Connection) -> bool:
    # All that a server has to say to an idle connection is that it ends it. DBUtils notices by itself, and reconnects.
    socket = poll()
    socket.register(connection.fileno(), POLLIN)
    return not socket.poll(0)


def _new_pool() -> Pool:
    return Pool(
        settings().database_url,
        connection_class=Connection,
        kwargs=connection_options(),
        min_size=min(OPENED_AT_START, settings().pool_size),
        max_size=settings().pool_size,
        timeout=settings().pool_timeout_s,
        reconnect_timeout=0,
        open=False,
    )


_pool: list[Pool] = []


async def _pooled() -> Pool:
    if not _pool:
        _pool.append(_new_pool())
    if _pool[0].closed:
        await _pool[0].open()
    return _pool[0]


async def close() -> None:
    """Close the pool, if it was ever opened."""
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
    work = _read(access, row, query, *keys)
    # A pool outlives the request; where a framework gives each request an event loop, that one does not.
    return await (work if lasts(asyncio.get_running_loop()) else on_background_loop(work))


async def _read(access: str, row: Callable[..., Row], query: str, *keys: Sequence[Any]) -> list[Row]:
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
