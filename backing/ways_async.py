"""The ways to reach the database that `access_async` offers; `ways` is the twin for plain functions.

Connections are called by the way, so that the database can be asked how many each of them holds.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

from backing.driver import driver, garbled
from backing.settings import settings
from contract.errors import RETRY_AFTER_S, Refused


class Door:
    """Opens connections one after another, and none for a moment after the database did not accept one.

    Were each that waits for its turn to wait for a database that is down as well, the last would wait long.
    """

    def __init__(self, label: str) -> None:
        self._label = label
        self._down_until_s = 0.0

    async def open(self) -> Any:  # noqa: ANN401 - the driver's own kind
        """Open a connection; raise one of the driver's `BROKEN`."""
        if monotonic() < self._down_until_s:
            raise driver().BROKEN[0]("the database did not accept a connection a moment ago")
        try:
            return await driver().connect_async(self._label)
        except driver().BROKEN:
            self._down_until_s = monotonic() + RETRY_AFTER_S
            raise


class Pool:
    """The driver's own pool."""

    def __init__(self) -> None:
        self._pool = driver().new_pool("pooled")
        self._began = False

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """Lend a connection; refuse the request when none is free within the pool timeout."""
        if not self._began:
            await self._pool.open()
            self._began = True
        async with self._pool.connection() as connection:
            yield connection

    def state(self) -> tuple[int, int]:
        """Return how many connections are open and how many requests wait for one."""
        return self._pool.state() if self._began else (0, 0)

    async def close(self) -> None:
        """Close the connections."""
        if self._began:
            await self._pool.close()


class Shared:
    """One connection that all use at once: nothing keeps one's query apart from another's answer."""

    def __init__(self) -> None:
        self.reopened = -1
        self._held: list[Any] = []
        self._door = Door("shared")
        self._opening = asyncio.Lock()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """Give the connection; where what came over it was no answer, refuse the request and open another one."""
        connection = await self._opened()
        try:
            yield connection
        except Refused:
            raise
        except Exception:  # noqa: BLE001 - a driver that reads another's answer may fail in any way
            garbled.add()
            with suppress(Exception):
                await driver().end(connection)
            raise Refused(503) from None

    async def _opened(self) -> Any:  # noqa: ANN401 - the driver's own kind
        async with self._opening:
            if not self._held or driver().is_closed(self._held[0]):
                self._held[:] = [await self._door.open()]
                self.reopened += 1
            return self._held[0]

    async def close(self) -> None:
        """Close the connection."""
        while self._held:
            await driver().end(self._held.pop())


class Locked:
    """One connection behind a lock."""

    def __init__(self) -> None:
        self._held: list[Any] = []
        self._door = Door("locked")
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """Lend the connection; refuse the request when it is not free within the pool timeout."""
        try:
            async with asyncio.timeout(settings().pool_timeout_s):
                await self._lock.acquire()
        except TimeoutError:
            raise Refused(503) from None
        try:
            if not self._held or not driver().is_open(self._held[0]):
                await self.close()
                self._held.append(await self._door.open())
            yield self._held[0]
        finally:
            self._lock.release()

    async def close(self) -> None:
        """Close the connection."""
        while self._held:
            await driver().end(self._held.pop())


class PerTask:
    """A connection for each task, closed when that one ends; a server begins a task for each request."""

    def __init__(self) -> None:
        self._tasks: WeakKeyDictionary[asyncio.Task[Any], Any] = WeakKeyDictionary()
        self._ending: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """Give this task's connection."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("only a task has a connection of its own")
        known = self._tasks.get(task)
        if known is None or not driver().is_open(known):
            self._tasks[task] = await driver().connect_async("per-thread")
        if known is None:
            task.add_done_callback(self._end)
        yield self._tasks[task]

    def _end(self, task: asyncio.Task[Any]) -> None:
        ending = asyncio.ensure_future(driver().end(self._tasks.pop(task)))
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)


class PerRequest:
    """A connection for each request."""

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """Open a connection, and close it again."""
        opened = await driver().connect_async("per-request")
        try:
            yield opened
        finally:
            await driver().end(opened)


class Held:
    """What the accesses of this process keep between requests."""

    def __init__(self) -> None:
        self.pool, self.shared, self.locked = Pool(), Shared(), Locked()
        self.ways: dict[str, Callable[[], AbstractAsyncContextManager[Any]]] = {
            "per-request": PerRequest().connection,
            "shared": self.shared.connection,
            "locked": self.locked.connection,
            "per-thread": PerTask().connection,
            "pooled": self.pool.connection,
        }
