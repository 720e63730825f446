"""A private MariaDB, run from an installed `mariadbd` as a leashed child on a Unix socket.

It is set for benchmarking, not for keeping data, as the private PostgreSQL is: nothing is flushed to disk. It serves
one run and is thrown away with the run's folder.
"""

import contextlib
import shutil
import signal
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from urllib.parse import quote

import pymysql

from backing.accounts import account, hand_over
from backing.leash import Leashed, bare_environment, leashed
from backing.postgres import Running
from backing.problem import Problem, end_of

DATABASE = "trilane"
# Where packages put servers, which the path of an ordinary user does not name.
FOLDERS = ("/usr/sbin", "/usr/libexec", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin", "/usr/bin")
SETTINGS = {
    "skip-networking": "ON",  # the socket is in a folder of ours: no password, no port that others can reach
    "skip-name-resolve": "ON",
    "skip-log-bin": "",
    "max-connections": "1000",  # as many as the private PostgreSQL has
    "back-log": "8192",
    "innodb-buffer-pool-size": "256M",  # all rows stay in memory
    "innodb-log-file-size": "16M",
    "innodb-flush-log-at-trx-commit": "0",
    "innodb-doublewrite": "OFF",
    "innodb-fast-shutdown": "1",
    # Connections are counted by what they are called, which only this schema tells; nothing else of it is switched on.
    "performance-schema": "ON",
    "performance-schema-instrument": "%=OFF",
    "performance-schema-consumer-global-instrumentation": "OFF",
    "performance-schema-consumer-thread-instrumentation": "OFF",
    "performance-schema-consumer-statements-digest": "OFF",
    "performance-schema-max-thread-instances": "1200",
    "character-set-server": "utf8mb4",
    "collation-server": "utf8mb4_bin",
    "default-time-zone": "+00:00",
    "log-warnings": "1",
}
ORPHAN_GRACE_S = 4.0
_READY_AFTER_S = 60.0


def program() -> Path:
    """Return the installed server; raise a problem that says how to get it where there is none."""
    usual = (f"{folder}/mariadbd" for folder in FOLDERS)
    found = shutil.which("mariadbd") or next((path for path in usual if Path(path).is_file()), None)
    if found is None:
        raise Problem(
            "no MariaDB: run `apt-get install mariadb-server-core`, or set TRILANE_DATABASE_URL=mysql://…"
            " to an existing database"
        )
    return Path(found)


@contextlib.contextmanager
def mariadb(
    folder: Path,
    data: Path,
    *,
    log: Path,
    cores: Collection[int] | None = None,
    stop_signal: int = signal.SIGKILL,
    user: str = DATABASE,
    database: str = DATABASE,
) -> Iterator[Running]:
    """Run a server on `data` until the end of the block, its socket in `folder`.

    It is stopped at once and not cleanly, because the data is thrown away; SIGTERM as `stop_signal` keeps it whole.
    """
    sockets = folder / "mariadb"
    sockets.mkdir(exist_ok=True, mode=0o700)
    hand_over(sockets)
    socket = sockets / "mariadb.sock"
    own = {**SETTINGS, "datadir": data, "socket": socket, "pid-file": sockets / "mariadb.pid", "tmpdir": sockets}
    settings = [f"--{name}={value}" if value else f"--{name}" for name, value in own.items()]
    url = f"mysql://{user}@localhost/{database}?unix_socket={quote(str(socket), safe='/')}"
    with leashed(
        [program(), "--no-defaults", *settings],
        log=log,
        folder=sockets,
        environment=bare_environment(),
        account=account(),
        cores=cores,
        stop_signal=stop_signal,
        orphan_grace_s=ORPHAN_GRACE_S,
        grouped=True,
    ) as server:
        _wait_until_ready(server, socket, user, log)
        yield Running(url, server.pid, server.group)


def _wait_until_ready(server: Leashed, socket: Path, user: str, log: Path) -> None:
    deadline = time.monotonic() + _READY_AFTER_S
    while True:
        try:
            pymysql.connect(unix_socket=str(socket), user=user, connect_timeout=5, ssl_disabled=True).close()
        except pymysql.err.OperationalError as error:
            if server.poll() is not None:
                raise Problem(f"MariaDB ended with code {server.poll()} as it started{end_of(log)}") from error
            if time.monotonic() > deadline:
                raise Problem(f"MariaDB did not answer in {_READY_AFTER_S:.0f} s{end_of(log)}") from error
            time.sleep(0.02)
        else:
            return
