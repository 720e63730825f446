"""Reach the database from plain functions; `access_async` is the twin for coroutines.

`per-request` opens a connection, reads and closes it. `pooled` lends one of a few that stay open. Connections are in
autocommit mode: a read is one round trip, not three.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import cache
from threading import BoundedSemaphore, Lock
from time import monotonic
from typing import Any, TypeVar
from weakref import WeakSet

import psycopg
from dbutils.pooled_db import PooledDB
from psycopg.abc import PQGen
from psycopg.rows import args_row

from backing.counter import Counter
from contract.errors import RETRY_AFTER_S, Refused
from contract.settings import Settings

Row = TypeVar("Row")
Value = TypeVar("Value")

OPENED_AT_START = 2
CONNECT_TIMEOUT_S = 2
# By both styles, whatever the access.
sessions_opened = Counter("")
BROKEN = (psycopg.OperationalError, psycopg.InterfaceError)


class Connection(psycopg.Connection[Any]):
    """A connection whose queries end after the query timeout, even where the server hangs."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - as inherited
        super().__init__(*arguments, **options)
        sessions_opened.add()

    def wait(self, gen: PQGen[Value], interval: float = 0.1, timeout: float | None = None) -> Value:
        """Wait for an answer; close the connection where there is none in time, since it may still come."""
        try:
            return super().wait(gen, interval, timeout or settings().query_timeout_s)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == psycopg.pq.TransactionStatus.ACTIVE:
                self.pgconn.finish()
                raise Refused(503) from None
            raise


@cache
def settings() -> Settings:
    """Return the settings of this process, read when it first needs them."""
    return Settings.from_environment()


def connection_options() -> dict[str, Any]:
    """Return what every connection of this process is opened with."""
    return {
        "autocommit": True,
        "application_name": f"{settings().lane}:{os.getpid()}",
        "connect_timeout": CONNECT_TIMEOUT_S,
        "options": "-c timezone=UTC",
    }


def _connect() -> Connection:
    return Connection.connect(settings().database_url, **connection_options())


class Pool:
    """`PooledDB`, which waits for ever, behind a semaphore, which does not."""

    def __init__(self, size: int) -> None:
        self.open: WeakSet[Connection] = WeakSet()
        self.waiting = 0
        self._down_until_s = 0.0
        self._lock = Lock()
        self._seats = BoundedSemaphore(size)
        self._pool = PooledDB(
            self._opened,
            # Were fewer kept than can be lent, the rest would be opened and closed all the time.
            maxcached=size,
            maxconnections=size,
            blocking=True,
            failures=BROKEN,
            ping=0,
        )

    def _opened(self) -> Connection:
        # `PooledDB` connects under its lock: were each to wait for a database that is down, the last would wait long.
        if monotonic() < self._down_until_s:
            raise psycopg.OperationalError("the database did not accept a connection a moment ago")
        try:
            connection = _connect()
        except psycopg.OperationalError:
            self._down_until_s = monotonic() + RETRY_AFTER_S
            raise
        self.open.add(connection)
        return connection

    def open_first(self) -> None:
        """Open the connections that a pool starts with; where the database fails, the pool stays and knows of it."""
        with ExitStack() as held:
            for _ in range(min(OPENED_AT_START, settings().pool_size)):
                held.enter_context(self.connection())

    @contextmanager
    def connection(self) -> Iterator[Any]:
        """Lend a connection; refuse the request when none is free within the pool timeout."""
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


_pool: list[Pool] = []
_making = Lock()


def _pooled() -> Pool:
    if not _pool:
        with _making:
            if not _pool:
                pool = Pool(settings().pool_size)
                try:
                    pool.open_first()
                finally:
                    _pool.append(pool)
    return _pool[0]


@contextmanager
def connection(access: str) -> Iterator[Any]:
    """Give a connection by this access; refuse the request where the database cannot serve it."""
    try:
        with _pooled().connection() if access == "pooled" else _connect() as opened:
            yield opened
    except BROKEN:
        raise Refused(503) from None


def read(access: str, row: Callable[..., Row], query: str, *keys: Sequence[Any]) -> list[Row]:
    """Run a query once for each of `keys`, one after another on one connection; return all rows."""
    with connection(access) as opened, closing(opened.cursor(row_factory=args_row(row))) as cursor:
        rows: list[Row] = []
        for key in keys:
            cursor.execute(query, key)
            rows += cursor.fetchall()
        return rows


def pool_state() -> tuple[int, int]:
    """Return how many pooled connections are open and how many requests wait for one."""
    if not _pool:
        return 0, 0
    return sum(not connection.closed for connection in list(_pool[0].open)), _pool[0].waiting
