"""What a process says of itself: whether it can serve, and what it holds."""

import os
import sys
from importlib.metadata import version

import msgspec
import psutil
import valkey

from backing import access, access_async, loops
from backing.outermost import answered
from contract.errors import Refused

CHECK_TIMEOUT_S = 2
DRIVERS = ("psycopg", "valkey")


class Stats(msgspec.Struct, frozen=True):
    """The answer of `/stats`, about the process that answers; `pool_open` and `pool_waiting` are of the pooled access.

    `sessions_opened` counts the sessions with the database, by whichever access. `tasks` counts the
    unfinished tasks of the event loops that last, and is null where there is none.
    """

    pid: int
    parent_pid: int
    threads: int
    rss_bytes: int
    cpu_s: float
    pool_open: int
    pool_waiting: int
    sessions_opened: int
    tasks: int | None
    gil: bool
    versions: dict[str, str]
    requests: int


def stats(*packages: str) -> Stats:
    """Describe this process; `packages` are those whose versions matter besides Python and the drivers."""
    process = psutil.Process()
    times = process.cpu_times()
    states = (access.pool_state(), access_async.pool_state())
    return Stats(
        pid=os.getpid(),
        parent_pid=os.getppid(),
        threads=process.num_threads(),
        rss_bytes=process.memory_info().rss,
        cpu_s=times.user + times.system,
        pool_open=sum(opened for opened, _ in states),
        pool_waiting=sum(waiting for _, waiting in states),
        sessions_opened=access.sessions_opened.value,
        tasks=loops.tasks(),
        gil=getattr(sys, "_is_gil_enabled", lambda: True)(),
        versions={"python": sys.version.split()[0]} | {name: version(name) for name in (*packages, *DRIVERS)},
        requests=answered.value,
    )


def missing() -> list[str]:
    """Name the services that do not answer within two seconds: the database, the session store."""
    return [name for name, check in (("database", _ask_database), ("session store", _ask_valkey)) if not check()]


def _ask_database() -> bool:
    try:
        with access.connection("per-request") as connection:
            connection.execute("SELECT 1")
    except Refused:
        return False
    return True


def _ask_valkey() -> bool:
    timeouts = {"socket_timeout": CHECK_TIMEOUT_S, "socket_connect_timeout": CHECK_TIMEOUT_S}
    pool = valkey.ConnectionPool.from_url(access.settings().valkey_url, **timeouts)  # type: ignore[no-untyped-call]
    try:
        with valkey.Valkey.from_pool(pool) as client:
            return bool(client.ping())
    except (valkey.ValkeyError, OSError):
        return False
