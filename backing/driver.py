"""What reaches the database: `driver_postgres` or `driver_mariadb`, whichever the URL of this process asks for.

The two have the same names. Nothing else knows which of them is at work.
"""

import os
import sys
from contextlib import AbstractAsyncContextManager
from select import POLLIN, poll
from typing import Any, Protocol

from backing.counter import GARBLED, REFUSED, REFUSED_BY, Counter
from backing.database_url import POSTGRESQL, engine
from backing.settings import settings
from contract.settings import Settings

OPENED_AT_START = 2
# By both styles, whatever the access. Those that are refused are so because the database has as many as it accepts.
sessions_opened = Counter("")
sessions_refused = Counter(Settings.from_environment().counters, REFUSED)
sessions_refused_by = {way: Counter(Settings.from_environment().counters, place) for way, place in REFUSED_BY.items()}
# Requests that found no answer of theirs on the connection that all share.
garbled = Counter(Settings.from_environment().counters, GARBLED)
LEVELS = ("READ UNCOMMITTED", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")


class AsyncPool(Protocol):
    """A pool of connections for coroutines; it lends no more than the pool size."""

    async def open(self) -> None:
        """Begin to open the first connections; do nothing where that was begun."""

    async def close(self) -> None:
        """Close all connections."""

    def connection(self) -> AbstractAsyncContextManager[Any]:
        """Lend a connection within the pool timeout; raise one of `BROKEN`, or refuse, where there is none."""

    def state(self) -> tuple[int, int]:
        """Return how many connections are open and how many requests wait for one."""


class Driver(Protocol):
    """What both drivers have.

    `BROKEN` is raised where the database cannot serve; `DUPLICATE` where a row breaks a unique constraint; `ORPHAN`
    where a row names another one that is not there; `RETRY` where a transaction got in another one's way, and may
    succeed if it is tried again.
    """

    BROKEN: tuple[type[Exception], ...]
    DUPLICATE: type[Exception]
    ORPHAN: type[Exception]
    RETRY: tuple[type[Exception], ...]

    def connect(self, label: str = "") -> Any:  # noqa: ANN401 - the driver's own kind
        """Open a connection, called by the lane, the process and the label."""

    async def connect_async(self, label: str = "") -> Any:  # noqa: ANN401 - as above
        """Open a connection for coroutines."""

    def is_open(self, connection: Any) -> bool:  # noqa: ANN401 - the driver's own kind
        """Tell whether an idle connection is still open, without asking the server."""

    def is_closed(self, connection: Any) -> bool:  # noqa: ANN401 - the driver's own kind
        """Tell whether a connection, which may be in use, was closed from this side."""

    def abort(self, connection: Any) -> None:  # noqa: ANN401 - the driver's own kind
        """Close a connection that others may be waiting on, and let them know."""

    async def end(self, connection: Any) -> None:  # noqa: ANN401 - the driver's own kind
        """Close a connection for coroutines."""

    def begin(self, isolation: str | None) -> tuple[str, ...]:
        """Return the statements that begin a transaction, at the usual level where none is named."""

    def new_pool(self, label: str) -> AsyncPool:
        """Return a pool that is not open yet; its connections are called by the label."""


def driver() -> Driver:
    """Return the driver of the database that this process was told."""
    if engine(settings().database_url) == POSTGRESQL:
        from backing import driver_postgres  # noqa: PLC0415 - a process needs one of them

        return driver_postgres
    from backing import driver_mariadb  # noqa: PLC0415 - as above

    return driver_mariadb


def own_name(label: str) -> str:
    """Return what a connection of this process is called by: lane, process id and label."""
    return ":".join([settings().lane, str(os.getpid()), *([label] if label else [])])


def count_refused(called: str) -> None:
    """Count a connection of this name that was refused because the database has as many as it accepts."""
    sessions_refused.add()
    way = called.rpartition(":")[2]
    if way in sessions_refused_by:
        sessions_refused_by[way].add()


def quiet(fileno: int) -> bool:
    """Tell whether nothing has arrived: all that a server has to say to an idle connection is that it ends it."""
    monkey = sys.modules.get("gevent.monkey")
    # It does not wait, so there is nothing to give way to.
    own_poll = monkey.get_original("select", "poll") if monkey else poll
    watched = own_poll()
    watched.register(fileno, POLLIN)
    return not watched.poll(0)
