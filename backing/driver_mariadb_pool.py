"""The pool of MariaDB's connections for coroutines; PostgreSQL's is in its driver."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any
from weakref import WeakSet

import aiomysql
from pymysql.constants import ER
from pymysql.err import OperationalError

from backing.driver import OPENED_AT_START, count_refused, sessions_opened
from backing.settings import settings
from contract.errors import RETRY_AFTER_S, Refused
from contract.settings import CONNECT_TIMEOUT_S

_FULL = (ER.CON_COUNT_ERROR, ER.TOO_MANY_USER_CONNECTIONS, ER.USER_LIMIT_REACHED)


def count_if_full(error: Exception, called: str) -> None:
    """Count a connection of this name that was refused because the server has as many as it accepts."""
    if error.args and error.args[0] in _FULL:
        count_refused(called)


class _Pool(aiomysql.Pool):  # type: ignore[misc]  # it ships no types
    """`aiomysql.Pool`, except that connecting ends in time and that the sessions are counted."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - as inherited
        super().__init__(**options)
        self._down_until_s = 0.0
        self._counted: WeakSet[Any] = WeakSet()

    async def _fill_free_pool(self, override_min: bool) -> None:  # noqa: FBT001 - as inherited
        # It connects under its lock: were each to wait for a database that is down, the last would wait long.
        if monotonic() < self._down_until_s and not self._free:
            raise OperationalError("the database did not accept a connection a moment ago")
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await super()._fill_free_pool(override_min)
        except (TimeoutError, OperationalError) as error:
            count_if_full(error, self._conn_kwargs["program_name"])
            self._down_until_s = monotonic() + RETRY_AFTER_S
            raise OperationalError(f"the database did not accept a connection: {error}") from None
        for connection in self._free:
            if connection not in self._counted:
                self._counted.add(connection)
                sessions_opened.add()


class Pool:
    """`aiomysql.Pool`, which waits for ever, behind a semaphore, which does not."""

    def __init__(self, size: int, options: dict[str, Any]) -> None:
        self._size, self._options = size, options
        self._waiting = 0
        self._seats = asyncio.BoundedSemaphore(size)
        self._pool: list[_Pool] = []

    async def open(self) -> None:
        """Begin to open the first connections; do nothing where that was begun."""
        if not self._pool:
            first = min(OPENED_AT_START, self._size)
            loop = asyncio.get_running_loop()
            self._pool.append(
                _Pool(minsize=first, maxsize=self._size, echo=False, pool_recycle=-1, loop=loop, **self._options)
            )

    async def close(self) -> None:
        """Close all connections."""
        while self._pool:
            pool = self._pool.pop()
            pool.terminate()
            await pool.wait_closed()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """Lend a connection; refuse the request when none is free within the pool timeout."""
        await self._take_a_seat()
        try:
            async with self._pool[0].acquire() as connection:
                yield connection
        finally:
            self._seats.release()

    async def _take_a_seat(self) -> None:
        self._waiting += 1
        try:
            async with asyncio.timeout(settings().pool_timeout_s):
                await self._seats.acquire()
        except TimeoutError:
            raise Refused(503) from None
        finally:
            self._waiting -= 1

    def state(self) -> tuple[int, int]:
        """Return how many connections are open and how many requests wait for one."""
        return (self._pool[0].size if self._pool else 0), self._waiting
