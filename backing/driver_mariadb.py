"""Reach MariaDB by PyMySQL, and by aiomysql for coroutines; `driver_postgres` is the twin.

Every query ends after the query timeout, even where the server hangs. Connections are in autocommit mode, so that a
read is one round trip, not three; times are in UTC. What this engine does in another way as a rule is set to what
PostgreSQL does: READ COMMITTED, quoted names, and an update that counts the rows it found.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from socket import SHUT_RDWR
from typing import Any

import aiomysql
import pymysql
from pymysql.constants import CLIENT, ER, FIELD_TYPE
from pymysql.converters import conversions, convert_datetime
from pymysql.err import Error, IntegrityError, InterfaceError, InternalError, OperationalError

from backing.database_url import parts
from backing.driver import LEVELS, own_name, quiet, sessions_opened
from backing.driver_mariadb_pool import Pool, count_if_full
from backing.settings import settings
from contract.errors import Refused
from contract.settings import CONNECT_TIMEOUT_S

# DBUtils asks the module of a connection for it.
threadsafety = pymysql.threadsafety
# MariaDB says of a version 50700 to 99999 that it is not meant, and of `M!` that it is: each engine has its own name.
SESSION = (
    "SET SESSION /*M!100000 tx_isolation = 'READ-COMMITTED', *//*!80003 transaction_isolation = 'READ-COMMITTED', */"
    " sql_mode = 'ANSI_QUOTES,STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',"
    " time_zone = '+00:00'"
)


class DuplicateError(IntegrityError):  # type: ignore[misc]  # as above
    """A row breaks a unique constraint."""


class OrphanError(IntegrityError):  # type: ignore[misc]  # as above
    """A row names another one that is not there."""


class ConflictError(OperationalError):  # type: ignore[misc]  # as above
    """A transaction got in another one's way."""


BROKEN: tuple[type[Exception], ...] = (OperationalError, InterfaceError, InternalError)
DUPLICATE: type[Exception] = DuplicateError
ORPHAN: type[Exception] = OrphanError
RETRY: tuple[type[Exception], ...] = (ConflictError,)
# The last is raised since 11.6.2, where a transaction writes what changed after its first read.
_CONFLICTS = {ER.LOCK_DEADLOCK, ER.LOCK_WAIT_TIMEOUT, ER.CHECKREAD}
_ORPHANS = {ER.NO_REFERENCED_ROW, ER.NO_REFERENCED_ROW_2}


def _better(error: Error) -> Exception:
    """Return an error of the kind that it is: the driver has one for many."""
    code = error.args[0] if error.args else None
    if isinstance(error.__context__, TimeoutError):
        return Refused(503)
    if code == ER.DUP_ENTRY:
        return DuplicateError(*error.args)
    if code in _ORPHANS:
        return OrphanError(*error.args)
    return ConflictError(*error.args) if code in _CONFLICTS else error


class Cursor(pymysql.cursors.Cursor):  # type: ignore[misc]  # it ships no types
    """A cursor whose errors tell what happened."""

    def execute(self, query: str, args: Sequence[Any] | None = None) -> int:
        """Run a query; return how many rows it found or touched."""
        try:
            return int(super().execute(query, args))
        except Error as error:
            raise _better(error) from None


class Connection(pymysql.connections.Connection):  # type: ignore[misc]  # it ships no types
    """A connection whose queries end after the query timeout."""

    def connect(self, sock: Any = None) -> None:  # noqa: ANN401 - as inherited
        """Connect within the connect timeout, the server's greeting included."""
        self._read_timeout: float = CONNECT_TIMEOUT_S
        try:
            super().connect(sock)
        except OperationalError as error:
            count_if_full(error, self._connect_attrs.get("program_name", ""))
            raise
        self._read_timeout = settings().query_timeout_s
        sessions_opened.add()

    @property
    def closed(self) -> bool:
        """Tell whether this side closed it."""
        return not self.open

    def fileno(self) -> int:
        """Return the number of its socket."""
        return int(self._sock.fileno())

    def close(self) -> None:
        """Close it; do nothing where that was done."""
        with suppress(Error):
            super().close()

    def _force_close(self) -> None:
        """Close it so that whoever reads from it learns of it, instead of holding up the one that closes."""
        with suppress(OSError, AttributeError):
            self._sock.shutdown(SHUT_RDWR)
        # A greenlet cannot close what another one of its thread reads from; that one does, now that it has an end.
        with suppress(RuntimeError):
            super()._force_close()


class AsyncCursor(aiomysql.Cursor):  # type: ignore[misc]  # as above
    """A cursor whose queries end after the query timeout, and whose errors tell what happened."""

    async def execute(self, query: str, args: Sequence[Any] | None = None) -> int:
        """Run a query; close the connection where there is no answer in time, since it may still come."""
        connection = self._connection
        try:
            async with asyncio.timeout(settings().query_timeout_s):
                return int(await super().execute(query, args))
        except TimeoutError:
            connection.close()
            raise Refused(503) from None
        except Error as error:
            raise _better(error) from None


def _in_utc(text: str) -> datetime:
    found: datetime = convert_datetime(text)
    return found.replace(tzinfo=UTC)


_CONVERSIONS = {**conversions, FIELD_TYPE.DATETIME: _in_utc}


def options(label: str = "") -> dict[str, Any]:
    """Return what every connection of this process is opened with, by either driver."""
    named = parts(settings().database_url)
    return {
        **({"unix_socket": named.socket} if named.socket else {"host": named.host, "port": named.port}),
        "user": named.user,
        "password": named.password,
        "db": named.database,
        "charset": "utf8mb4",
        "autocommit": True,
        "init_command": SESSION,
        "client_flag": CLIENT.FOUND_ROWS,
        "program_name": own_name(label),
        "connect_timeout": CONNECT_TIMEOUT_S,
    }


def connect(label: str = "") -> Connection:
    """Open a connection, called by the lane, the process and the label."""
    own = options(label)
    return Connection(
        **{name: value for name, value in own.items() if name != "db"},
        database=own["db"],
        conv=_CONVERSIONS,
        cursorclass=Cursor,
        write_timeout=settings().query_timeout_s,
        # It would read the machine's certificates for every connection, to use them where the server wants.
        ssl_disabled=True,
    )


def options_async(label: str = "") -> dict[str, Any]:
    """Return what every connection for coroutines is opened with."""
    decoders = {kind: convert for kind, convert in _CONVERSIONS.items() if isinstance(kind, int)}
    return {**options(label), "conv": decoders, "cursorclass": AsyncCursor}


async def connect_async(label: str = "") -> aiomysql.Connection:
    """Open a connection for coroutines."""
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            connection = await aiomysql.connect(**options_async(label))
    except TimeoutError:
        raise OperationalError("the database did not greet in time") from None
    except OperationalError as error:
        count_if_full(error, own_name(label))
        raise
    sessions_opened.add()
    return connection


def is_open(connection: Connection | aiomysql.Connection) -> bool:
    """Tell whether an idle connection is still open, without asking the server."""
    if connection.closed:
        return False
    if isinstance(connection, Connection):
        return quiet(connection.fileno())
    return not (connection._reader.at_eof() or connection._reader.eof_received)  # noqa: SLF001 - as its own pool does


def is_closed(connection: Connection | aiomysql.Connection) -> bool:
    """Tell whether a connection, which may be in use, was closed from this side."""
    return bool(connection.closed)


def abort(connection: Connection) -> None:
    """Close a connection that others may be waiting on, and let them know."""
    connection.close()


async def end(connection: aiomysql.Connection) -> None:
    """Close a connection for coroutines."""
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            await connection.ensure_closed()
    except (TimeoutError, OSError):
        connection.close()


def begin(isolation: str | None) -> tuple[str, ...]:
    """Return the statements that begin a transaction, at the usual level where none is named."""
    if isolation is None:
        return ("START TRANSACTION",)
    if isolation not in LEVELS:
        raise ValueError(f"{isolation!r} is none of {', '.join(LEVELS)}")
    return (f"SET TRANSACTION ISOLATION LEVEL {isolation}", "START TRANSACTION")


def new_pool(label: str) -> Pool:
    """Return a pool that is not open yet; its connections are called by the label."""
    return Pool(settings().pool_size, options_async(label))
