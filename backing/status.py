"""What a process says of itself: whether it can serve, and what it holds."""

import os
import sys
from functools import cache
from importlib.metadata import version
from secrets import token_hex

import msgspec
import psutil
import valkey

from backing import access, access_async, loops
from backing.driver import sessions_opened
from backing.outermost import answered, looks
from backing.settings import settings
from contract.errors import Refused

CHECK_TIMEOUT_S = 2
DRIVERS = ("psycopg", "pymysql", "aiomysql", "valkey")


class Stats(msgspec.Struct, frozen=True):
    """The answer of `/stats`, about the process that answers; `pool_open` and `pool_waiting` are of the pooled access.

    `process` is drawn by each process for itself: ids are the same again on other machines, and in time on one.
    `requests` counts all answers, `looks` those among them to `/health` and `/stats`.
    `sessions_opened` counts the sessions with the database, by whichever access; `shared_reopened` how often the one
    that all share had to be opened again. `tasks` counts the unfinished tasks of the event loops that last, and is null
    where there is none.
    """

    pid: int
    parent_pid: int
    process: str
    threads: int
    rss_bytes: int
    cpu_s: float
    pool_open: int
    pool_waiting: int
    sessions_opened: int
    shared_reopened: int
    tasks: int | None
    gil: bool
    versions: dict[str, str]
    requests: int
    looks: int


def stats(*packages: str) -> Stats:
    """Describe this process; `packages` are those whose versions matter besides Python and the drivers."""
    process = psutil.Process()
    times = process.cpu_times()
    held = (access.counts(), access_async.counts())
    return Stats(
        pid=os.getpid(),
        parent_pid=os.getppid(),
        process=_drawn(os.getpid()),
        threads=process.num_threads(),
        rss_bytes=process.memory_info().rss,
        cpu_s=times.user + times.system,
        pool_open=sum(each.pool_open for each in held),
        pool_waiting=sum(each.pool_waiting for each in held),
        sessions_opened=sessions_opened.value,
        shared_reopened=sum(each.shared_reopened for each in held),
        tasks=loops.tasks(),
        gil=getattr(sys, "_is_gil_enabled", lambda: True)(),
        versions={"python": sys.version.split()[0]} | {name: version(name) for name in (*packages, *DRIVERS)},
        requests=answered.value,
        looks=looks.value,
    )


@cache
def _drawn(_pid: int) -> str:
    """Return what no other process has; who is forked draws its own."""
    return token_hex(8)


def missing() -> list[str]:
    """Name the services that do not answer within two seconds: the database, the session store."""
    return [name for name, check in (("database", _ask_database), ("session store", _ask_valkey)) if not check()]


def _ask_database() -> bool:
    try:
        with access.connection("per-request") as connection:
            connection.cursor().execute("SELECT 1")
    except Refused:
        return False
    return True


def _ask_valkey() -> bool:
    timeouts = {"socket_timeout": CHECK_TIMEOUT_S, "socket_connect_timeout": CHECK_TIMEOUT_S}
    pool = valkey.ConnectionPool.from_url(settings().valkey_url, **timeouts)  # type: ignore[no-untyped-call]
    try:
        with valkey.Valkey.from_pool(pool) as client:
            return bool(client.ping())
    except (valkey.ValkeyError, OSError):
        return False
