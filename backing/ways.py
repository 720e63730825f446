"""The ways to reach the database that `access` offers; `ways_async` is the twin for coroutines.

Connections are called by the way, so that the database can be asked how many each of them holds.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from functools import partial
from threading import BoundedSemaphore, Lock, local
from time import monotonic
from typing import Any
from weakref import WeakSet

from dbutils.persistent_db import PersistentDB
from dbutils.pooled_db import PooledDB

from backing.driver import OPENED_AT_START, driver, garbled
from backing.settings import settings
from contract.errors import RETRY_AFTER_S, Refused


def never(_: BaseException) -> bool:
    """Keep DBUtils from sending a query again that failed: it may have been carried out."""
    return False


class Door:
    """Opens connections one after another, and none for a moment after the database did not accept one.

    Were each that waits for its turn to wait for a database that is down as well, the last would wait long.
    """

    def __init__(self, label: str) -> None:
        self._label = label
        self._down_until_s = 0.0

    def open(self) -> Any:  # noqa: ANN401 - the driver's own kind
        """Open a connection; raise one of the driver's `BROKEN`."""
        if monotonic() < self._down_until_s:
            raise driver().BROKEN[0]("the database did not accept a connection a moment ago")
        try:
            return driver().connect(self._label)
        except driver().BROKEN:
            self._down_until_s = monotonic() + RETRY_AFTER_S
            raise


class Pool:
    """`PooledDB`, which waits for ever, behind a semaphore, which does not."""

    def __init__(self, size: int) -> None:
        self.open: WeakSet[Any] = WeakSet()
        self.waiting = 0
        self._door = Door("pooled")
        self._began = False
        self._lock, self._beginning = Lock(), Lock()
        self._seats = BoundedSemaphore(size)
        self._pool = PooledDB(
            self._opened,
            maxcached=max(1, size - 1),
            maxconnections=size,
            blocking=True,
            # Whoever begins a transaction ends it.
            reset=False,
            failures=driver().BROKEN,
            isfatal=never,
            ping=driver().is_open,
        )

    @contextmanager
    def connection(self) -> Iterator[Any]:
        """Lend a connection; refuse the request when none is free within the pool timeout."""
        self._begin()
        with self._lent() as connection:
            yield connection

    def _begin(self) -> None:
        """Open the connections that the pool starts with; where the database fails, the pool goes on without them."""
        if self._began:
            return
        with self._beginning, ExitStack() as held:
            if not self._began:
                try:
                    for _ in range(min(OPENED_AT_START, settings().pool_size)):
                        held.enter_context(self._lent())
                finally:
                    self._began = True

    def _opened(self) -> Any:  # noqa: ANN401 - the driver's own kind
        connection = self._door.open()
        self.open.add(connection)
        return connection

    @contextmanager
    def _lent(self) -> Iterator[Any]:
        if not self._seats.acquire(blocking=False):
            self._wait_for_a_seat()
        try:
            with closing(self._pool.dedicated_connection()) as connection:
                yield connection
        finally:
            self._seats.release()

    def _wait_for_a_seat(self) -> None:
        with self._lock:
            self.waiting += 1
        try:
            if not self._seats.acquire(timeout=settings().pool_timeout_s):
                raise Refused(503)
        finally:
            with self._lock:
                self.waiting -= 1

    def close(self) -> None:
        """Close the connections that are not lent."""
        self._pool.close()


class Shared:
    """One connection that all use at once: nothing keeps one's query apart from another's answer."""

    def __init__(self) -> None:
        self.reopened = -1
        self._held: list[Any] = []
        self._door = Door("shared")
        self._opening = Lock()

    @contextmanager
    def connection(self) -> Iterator[Any]:
        """Give the connection; where what came over it was no answer, refuse the request and open another one."""
        connection = self._opened()
        try:
            yield connection
        except Refused:
            raise
        except Exception:  # noqa: BLE001 - a driver that reads another's answer may fail in any way
            garbled.add()
            driver().abort(connection)
            raise Refused(503) from None

    def _opened(self) -> Any:  # noqa: ANN401 - the driver's own kind
        with self._opening:
            if not self._held or driver().is_closed(self._held[0]):
                self._held[:] = [self._door.open()]
                self.reopened += 1
            return self._held[0]

    def close(self) -> None:
        """Close the connection."""
        while self._held:
            self._held.pop().close()


class Locked:
    """One connection behind a lock."""

    def __init__(self) -> None:
        self._held: list[Any] = []
        self._door = Door("locked")
        self._lock = Lock()

    @contextmanager
    def connection(self) -> Iterator[Any]:
        """Lend the connection; refuse the request when it is not free within the pool timeout."""
        if not self._lock.acquire(timeout=settings().pool_timeout_s):
            raise Refused(503)
        try:
            if not self._held or not driver().is_open(self._held[0]):
                self.close()
                self._held.append(self._door.open())
            yield self._held[0]
        finally:
            self._lock.release()

    def close(self) -> None:
        """Close the connection."""
        while self._held:
            self._held.pop().close()


class PerThread:
    """`PersistentDB`: a connection for each thread, or greenlet, closed when that one ends."""

    def __init__(self) -> None:
        self._threads = PersistentDB(
            partial(driver().connect, "per-thread"),
            failures=driver().BROKEN,
            isfatal=never,
            ping=driver().is_open,
            threadlocal=local,
        )

    @contextmanager
    def connection(self) -> Iterator[Any]:
        """Give this thread's connection."""
        yield self._threads.connection()


class PerRequest:
    """A connection for each request."""

    @contextmanager
    def connection(self) -> Iterator[Any]:
        """Open a connection, and close it again."""
        with closing(driver().connect("per-request")) as opened:
            yield opened


class Held:
    """What the accesses of this process keep between requests."""

    def __init__(self) -> None:
        self.pool, self.shared, self.locked = Pool(settings().pool_size), Shared(), Locked()
        self.ways: dict[str, Callable[[], AbstractContextManager[Any]]] = {
            "per-request": PerRequest().connection,
            "shared": self.shared.connection,
            "locked": self.locked.connection,
            "per-thread": PerThread().connection,
            "pooled": self.pool.connection,
        }
