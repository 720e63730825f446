"""PostgreSQL and Valkey for one run: private ones, or those that TRILANE_DATABASE_URL and TRILANE_VALKEY_URL name."""

import contextlib
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from backing.accounts import reachable
from backing.existing import check_database, check_valkey
from backing.postgres import postgres
from backing.postgres_template import provide
from backing.scratch import fits_sockets, scratch
from backing.valkey import valkey


@dataclass(frozen=True)
class Services:
    """Where the apps find their services; `processes` holds the root process ids of those that are ours."""

    database_url: str = field(repr=False)
    valkey_url: str = field(repr=False)
    processes: dict[str, int]


@contextlib.contextmanager
def services(folder: Path, *, log_folder: Path, cores: Collection[int] | None = None) -> Iterator[Services]:
    """Provide both services, filled with the articles, until the end of the block.

    Private ones keep sockets and data below `folder`, log to `postgres.log` and `valkey.log` in `log_folder`, and run
    on `cores`. Raises a problem when an existing one does not answer or lacks the tables.
    """
    processes: dict[str, int] = {}
    with contextlib.ExitStack() as stack:
        home = folder if fits_sockets(folder) and reachable(folder) else stack.enter_context(scratch())
        database_url = os.environ.get("TRILANE_DATABASE_URL", "")
        valkey_url = os.environ.get("TRILANE_VALKEY_URL", "")
        # Both are looked at before either is started: a mistake is answered at once.
        if database_url:
            check_database(database_url)
        if valkey_url:
            check_valkey(valkey_url)
        else:
            store = stack.enter_context(valkey(home, log=log_folder / "valkey.log", cores=cores))
            valkey_url, processes["valkey"] = store.url, store.pid
        if not database_url:
            log = log_folder / "postgres.log"
            server = stack.enter_context(postgres(home, provide(home, log=log), log=log, cores=cores))
            database_url, processes["postgres"] = server.url, server.pid
        yield Services(database_url, valkey_url, processes)
