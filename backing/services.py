"""What the apps lean on, for one run: a database, Valkey and the upstream, each private or named by TRILANE_…_URL."""

import contextlib
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

from backing import mariadb_template, postgres_template
from backing.accounts import reachable
from backing.database_url import ENGINES, MARIADB, POSTGRESQL, engine
from backing.existing import DATABASE_SCHEMES, check_database, check_scheme, check_valkey
from backing.mariadb import mariadb, program
from backing.postgres import Running, postgres
from backing.private_upstream import check_upstream, upstream
from backing.problem import Problem
from backing.scratch import fits_sockets, scratch
from backing.valkey import valkey
from contract.settings import SESSION_STORES


@dataclass(frozen=True)
class Services:
    """Where the apps find their services; `processes` holds the root process ids of those that are ours.

    `groups` holds their control groups, as far as they have one. `secret_key` signs the cookies of every app of the
    run, whose sessions are kept in `session_store`: a `cookie`, or `valkey`.
    """

    database_url: str = field(repr=False)
    valkey_url: str = field(repr=False)
    processes: dict[str, int]
    groups: dict[str, Path] = field(default_factory=dict)
    secret_key: str = field(default_factory=token_hex, repr=False)
    upstream_url: str = ""
    session_store: str = SESSION_STORES[0]

    @property
    def engine(self) -> str:
        """Return the kind of database."""
        return engine(self.database_url)


PROCESSES = {POSTGRESQL: "postgres", MARIADB: "mariadb"}
"""What the database's root process is called in `Services.processes`, by engine."""


def chosen_engine(database: str | None) -> str:
    """Return the engine that was asked for, or that TRILANE_DATABASE_URL names; PostgreSQL where nobody says anything.

    Raises a problem where there is no such engine, where the existing database is another one, or where there is no
    program to start.
    """
    if database not in {None, *ENGINES}:
        raise Problem(f"--database {database}: there is no such engine; use one of {', '.join(ENGINES)}")
    if url := os.environ.get("TRILANE_DATABASE_URL", ""):
        check_scheme("TRILANE_DATABASE_URL", url, DATABASE_SCHEMES)
        if database not in {None, engine(url)}:
            raise Problem(
                f"--database {database}: TRILANE_DATABASE_URL names a database of the kind {engine(url)};"
                " unset it to have a private one, or leave out --database"
            )
        return engine(url)
    if database == MARIADB:
        program()
    return database or POSTGRESQL


def chosen_store(session_store: str | None) -> str:
    """Return the store that was asked for, or that TRILANE_SESSION_STORE names; raise a problem where it is none."""
    option = "TRILANE_SESSION_STORE" if session_store is None else "--session-store"
    store = session_store or os.environ.get("TRILANE_SESSION_STORE") or SESSION_STORES[0]
    if store not in SESSION_STORES:
        raise Problem(f"{option} is {store!r}: sessions are kept in one of {', '.join(SESSION_STORES)}")
    return store


@contextlib.contextmanager
def services(
    folder: Path,
    *,
    log_folder: Path,
    cores: Collection[int] | None = None,
    database: str | None = None,
    session_store: str | None = None,
) -> Iterator[Services]:
    """Provide all services, the database filled with the articles, until the end of the block.

    Private ones keep sockets and data below `folder`, log to `postgres.log` (or `mariadb.log`), `valkey.log` and
    `upstream.log` in `log_folder`, and run on `cores`. `database` is `postgresql` or `mariadb`, None for whichever is
    there; `session_store` is `cookie` or `valkey`. Raises a problem when an existing one does not answer or lacks the
    tables.
    """
    ours: dict[str, Running] = {}
    with contextlib.ExitStack() as stack:
        home = folder if fits_sockets(folder) and reachable(folder) else stack.enter_context(scratch())
        database_url = os.environ.get("TRILANE_DATABASE_URL", "")
        valkey_url = os.environ.get("TRILANE_VALKEY_URL", "")
        upstream_url = os.environ.get("TRILANE_UPSTREAM_URL", "")
        # All are looked at before any is started: a mistake is answered at once.
        kind, store = chosen_engine(database), chosen_store(session_store)
        if database_url:
            check_database(database_url)
        if upstream_url:
            check_upstream(upstream_url)
        if valkey_url:
            check_valkey(valkey_url)
        else:
            ours["valkey"] = stack.enter_context(valkey(home, log=log_folder / "valkey.log", cores=cores))
            valkey_url = ours["valkey"].url
        if not database_url:
            name = PROCESSES[kind]
            ours[name] = stack.enter_context(_database(kind, home, log_folder / f"{name}.log", cores))
            database_url = ours[name].url
        if not upstream_url:
            ours["upstream"] = stack.enter_context(upstream(home, log=log_folder / "upstream.log", cores=cores))
            upstream_url = ours["upstream"].url
        yield Services(
            database_url,
            valkey_url,
            processes={name: server.pid for name, server in ours.items()},
            groups={name: server.group for name, server in ours.items() if server.group is not None},
            upstream_url=upstream_url,
            session_store=store,
        )


def _database(
    kind: str, home: Path, log: Path, cores: Collection[int] | None
) -> contextlib.AbstractContextManager[Running]:
    if kind == MARIADB:
        return mariadb(home, mariadb_template.provide(home, log=log), log=log, cores=cores)
    return postgres(home, postgres_template.provide(home, log=log), log=log, cores=cores)
