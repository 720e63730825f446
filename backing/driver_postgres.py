"""Reach PostgreSQL by psycopg; `driver_mariadb` is the twin.

Every query ends after the query timeout, even where the server hangs. Connections are in autocommit mode, so that a
read is one round trip, not three; times are in UTC.
"""

from time import monotonic
from typing import Any, Self, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg_pool import AsyncConnectionPool

from backing.driver import LEVELS, OPENED_AT_START, count_refused, own_name, quiet, sessions_opened
from backing.settings import settings
from contract.errors import RETRY_AFTER_S, Refused
from contract.settings import CONNECT_TIMEOUT_S

Value = TypeVar("Value")

# DBUtils asks the module of a connection for it.
threadsafety = psycopg.threadsafety
BROKEN: tuple[type[Exception], ...] = (psycopg.OperationalError, psycopg.InterfaceError)
DUPLICATE: type[Exception] = psycopg.errors.UniqueViolation
ORPHAN: type[Exception] = psycopg.errors.ForeignKeyViolation
RETRY: tuple[type[Exception], ...] = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected)
# How the server says that it has as many connections as it accepts: a code does not come with the refusal.
_FULL = ("too many clients already", "remaining connection slots are reserved", "too many connections for")


def _bare(error: psycopg.Error, called: str) -> psycopg.Error:
    """Return what an attempt to connect under a name has raised, and count it where the server is full.

    The traceback holds the attempt's frame, which holds the error: together they would keep the socket open.
    """
    if any(words in str(error) for words in _FULL):
        count_refused(called)
    return error.with_traceback(None)


class Connection(psycopg.Connection[Any]):
    """A connection whose queries end after the query timeout."""

    @classmethod
    def connect(cls, conninfo: str = "", **options: Any) -> Self:  # noqa: ANN401 - as inherited
        """Open a connection; what an attempt that fails has opened is closed with it."""
        try:
            return super().connect(conninfo, **options)
        except psycopg.Error as error:
            raise _bare(error, options.get("application_name", "")) from None

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


class AsyncConnection(psycopg.AsyncConnection[Any]):
    """A connection for coroutines whose queries end after the query timeout."""

    @classmethod
    async def connect(cls, conninfo: str = "", **options: Any) -> Self:  # noqa: ANN401 - as inherited
        """Open a connection; what an attempt that fails has opened is closed with it."""
        try:
            return await super().connect(conninfo, **options)
        except psycopg.Error as error:
            raise _bare(error, options.get("application_name", "")) from None

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


def options(label: str = "") -> dict[str, Any]:
    """Return what every connection of this process is opened with."""
    return {
        "autocommit": True,
        "application_name": own_name(label),
        "connect_timeout": CONNECT_TIMEOUT_S,
        "options": "-c timezone=UTC",
    }


def connect(label: str = "") -> Connection:
    """Open a connection, called by the lane, the process and the label."""
    return Connection.connect(settings().database_url, **options(label))


async def connect_async(label: str = "") -> AsyncConnection:
    """Open a connection for coroutines."""
    return await AsyncConnection.connect(settings().database_url, **options(label))


def is_open(connection: Connection | AsyncConnection) -> bool:
    """Tell whether an idle connection is still open, without asking the server."""
    return not connection.closed and quiet(connection.fileno())


def is_closed(connection: Connection | AsyncConnection) -> bool:
    """Tell whether a connection, which may be in use, was closed from this side."""
    return connection.closed


def abort(connection: Connection) -> None:
    """Close a connection that others may be waiting on, and let them know."""
    connection.close()


async def end(connection: AsyncConnection) -> None:
    """Close a connection for coroutines."""
    await connection.close()


def begin(isolation: str | None) -> tuple[str, ...]:
    """Return the statements that begin a transaction, at the usual level where none is named."""
    if isolation is None:
        return ("BEGIN",)
    if isolation not in LEVELS:
        raise ValueError(f"{isolation!r} is none of {', '.join(LEVELS)}")
    return (f"BEGIN ISOLATION LEVEL {isolation}",)


class Pool(AsyncConnectionPool[AsyncConnection]):
    """`AsyncConnectionPool`, which would let all wait for a database that is down, except that it refuses them."""

    down_until_s = 0.0

    async def getconn(self, timeout: float | None = None) -> AsyncConnection:  # noqa: ASYNC109 - as inherited
        """Lend a connection; refuse the request when none is free, or can be opened, within the pool timeout."""
        while True:
            if monotonic() < self.down_until_s and not self._pool:
                raise psycopg.OperationalError("the database did not accept a connection a moment ago")
            connection = await super().getconn(timeout)
            if is_open(connection):
                return connection
            await connection.close()
            await self.putconn(connection)

    async def _connect(self, timeout: float | None = None) -> AsyncConnection:  # noqa: ASYNC109 - as inherited
        if monotonic() < self.down_until_s:
            raise psycopg.OperationalError("the database did not accept a connection a moment ago")
        try:
            return await super()._connect(timeout)
        except psycopg.OperationalError as error:
            self.down_until_s = monotonic() + RETRY_AFTER_S
            while self._waiting:
                await self._waiting.popleft().fail(error)
            raise

    def state(self) -> tuple[int, int]:
        """Return how many connections are open and how many requests wait for one."""
        stats = self.get_stats()
        return stats.get("pool_size", 0), stats.get("requests_waiting", 0)


def new_pool(label: str) -> Pool:
    """Return a pool that is not open yet; its connections are called by the label."""
    return Pool(
        settings().database_url,
        connection_class=AsyncConnection,
        kwargs=options(label),
        min_size=min(OPENED_AT_START, settings().pool_size),
        max_size=settings().pool_size,
        timeout=settings().pool_timeout_s,
        reconnect_timeout=0,
        open=False,
    )
