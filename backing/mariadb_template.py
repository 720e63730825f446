"""MariaDB's filled data folder, kept between runs."""

import platform
import signal
import subprocess
from functools import partial
from pathlib import Path

import pymysql

from backing import articles, template
from backing.accounts import account, hand_over
from backing.leash import bare_environment, leashed
from backing.mariadb import DATABASE, ORPHAN_GRACE_S, SETTINGS, mariadb, program
from backing.problem import Problem, end_of

CACHE = template.CACHE / "mariadb"
# What `mariadb-install-db` does, which itself needs programs that the package of the server alone does not have.
_BOOTSTRAP = 'exec "$0" "$@" < bootstrap.sql'
_FIRST = "CREATE DATABASE IF NOT EXISTS mysql;\nUSE mysql;\nSET @auth_root_socket = NULL;\n"
_TABLES = ("system_tables", "performance_tables", "system_tables_data")
_OPTIONS = (
    *("--no-defaults", "--bootstrap", "--log-warnings=0", "--max-allowed-packet=8M"),
    # The log would be resized at the first start if it were made in another size.
    f"--innodb-log-file-size={SETTINGS['innodb-log-file-size']}",
)
_OWNER = (
    f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    f"CREATE USER {DATABASE}@localhost",
    f"GRANT ALL PRIVILEGES ON *.* TO {DATABASE}@localhost",
)


def provide(folder: Path, *, log: Path, cache: Path = CACHE) -> Path:
    """Return a data folder below `folder` that is filled and belongs to the account MariaDB runs under."""
    version = subprocess.run([program(), "--version"], capture_output=True, text=True, check=False).stdout
    words = (*_OPTIONS, *_OWNER, version, platform.machine(), platform.system())
    data = folder / "mariadb-data"
    return template.provided(data, cache / template.key(words), partial(_make, folder, data, log))


def _make(folder: Path, data: Path, log: Path) -> None:
    data.mkdir(mode=0o700)
    (data / "bootstrap.sql").write_text(_FIRST + "".join(_script(name).read_text() for name in _TABLES))
    hand_over(data)
    with leashed(
        ["/bin/sh", "-c", _BOOTSTRAP, program(), *_OPTIONS, f"--datadir={data}"],
        log=log,
        folder=data,
        environment=bare_environment(),
        account=account(),
        orphan_grace_s=ORPHAN_GRACE_S,
    ) as bootstrap:
        if code := bootstrap.wait(120):
            raise Problem(f"MariaDB's first start ended with code {code}{end_of(log)}")
    (data / "bootstrap.sql").unlink()
    with mariadb(folder, data, log=log, stop_signal=signal.SIGTERM, user="root", database="mysql") as server:
        socket = server.url.partition("unix_socket=")[2]
        with pymysql.connect(unix_socket=socket, user="root", autocommit=True, ssl_disabled=True) as connection:
            for statement in _OWNER:
                connection.cursor().execute(statement)
            connection.select_db(DATABASE)
            articles.fill(connection)


def _script(name: str) -> Path:
    """Return one of the scripts that make the system's own tables; newer versions call them otherwise."""
    share = program().resolve().parent.parent / "share"
    files = [
        share / folder / f"{prefix}_{name}.sql" for folder in ("mysql", "mariadb") for prefix in ("mysql", "mariadb")
    ]
    found = next((file for file in files if file.is_file()), None)
    if found is None:
        raise Problem(f"no MariaDB: {files[0]} is missing; install it again, or set TRILANE_DATABASE_URL=mysql://…")
    return found
