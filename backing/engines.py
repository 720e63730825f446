"""SQLAlchemy's engines and sessions: one engine of a process for plain functions, and one for coroutines.

Both are made when they are first asked for, and keep a pool beside that of `access`: its connections are called
`LANE:PID:orm`. They are in autocommit mode like all others, so that a read is one round trip; of who writes, the
connection is in a transaction from the first query to the commit.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from threading import Lock
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from backing.database_url import MARIADB, POSTGRESQL, engine
from backing.driver import driver
from backing.settings import settings
from contract.errors import Refused

LABEL = "orm"
RECYCLE_S = 300
# Of transactions: what both engines of `access` have.
LEVEL = "READ COMMITTED"
URLS = {POSTGRESQL: "postgresql+psycopg://", MARIADB: "mysql+pymysql://"}
ASYNC_URLS = {POSTGRESQL: "postgresql+psycopg://", MARIADB: "mysql+aiomysql://"}
BROKEN = (OperationalError, InterfaceError, InternalError, PoolTimeoutError)

# Of each style the engine that reads, and the one that writes; they share their pool.
_engines: list[tuple[Engine, Engine]] = []
_engines_async: list[tuple[AsyncEngine, AsyncEngine]] = []
_making = Lock()


def _options() -> dict[str, Any]:
    """Return how many connections an engine keeps: as many as `access` lends, none beyond, the last used first."""
    return {
        "pool_size": settings().pool_size,
        "max_overflow": 0,
        "pool_timeout": settings().pool_timeout_s,
        "pool_recycle": RECYCLE_S,
        "pool_use_lifo": True,
        "isolation_level": "AUTOCOMMIT",
        "skip_autocommit_rollback": True,
    }


def _refuse_broken(_: object, record: Any, __: object) -> None:  # noqa: ANN401 - SQLAlchemy's own
    """Let the pool open another connection in place of one that the server ended; it costs no round trip."""
    if not driver().is_open(record.driver_connection):
        raise DisconnectionError


def engine_of_process(*, writes: bool = False) -> Engine:
    """Return the engine for plain functions."""
    if not _engines:
        with _making:
            if not _engines:
                url = URLS[engine(settings().database_url)]
                made = create_engine(url, creator=partial(driver().connect, LABEL), **_options())
                event.listen(made, "checkout", _refuse_broken)
                _engines.append((made, made.execution_options(isolation_level=LEVEL)))
    return _engines[0][writes]


def engine_of_loop(*, writes: bool = False) -> AsyncEngine:
    """Return the engine for coroutines, all of which have to run on the loop that lasts."""
    if not _engines_async:
        url = ASYNC_URLS[engine(settings().database_url)]
        made = create_async_engine(url, async_creator=partial(driver().connect_async, LABEL), **_options())
        event.listen(made.sync_engine, "checkout", _refuse_broken)
        _engines_async.append((made, made.execution_options(isolation_level=LEVEL)))
    return _engines_async[0][writes]


@contextmanager
def session(*, writes: bool = False) -> Iterator[Session]:
    """Give a session for reads, or a transaction that is rolled back at the end unless it was committed.

    Refuses the request where the database cannot serve it.
    """
    try:
        with Session(engine_of_process(writes=writes), expire_on_commit=False) as opened:
            yield opened
    except BROKEN:
        raise Refused(503) from None


@asynccontextmanager
async def session_async(*, writes: bool = False) -> AsyncIterator[AsyncSession]:
    """Give a session for coroutines on the loop that lasts; the same as `session` otherwise."""
    try:
        # One of the two drivers has no deadline of its own here, for SQLAlchemy makes its cursors.
        async with asyncio.timeout(settings().pool_timeout_s + settings().query_timeout_s):
            async with AsyncSession(engine_of_loop(writes=writes), expire_on_commit=False) as opened:
                yield opened
    except (*BROKEN, TimeoutError):
        raise Refused(503) from None


def close() -> None:
    """Close the connections for plain functions, at the end of the process."""
    while _engines:
        _engines.pop()[0].dispose()


async def close_async() -> None:
    """Close the connections for coroutines, at the end of the process."""
    while _engines_async:
        await _engines_async.pop()[0].dispose()
