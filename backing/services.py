"""PostgreSQL and Valkey for one run: private ones, or those that TRILANE_DATABASE_URL and TRILANE_VALKEY_URL name."""

import contextlib
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from backing.accounts import reachable
from backing.existing import check_database, check_valkey
from backing.postgres import Running, postgres
from backing.postgres_template import provide
from backing.scratch import fits_sockets, scratch
from backing.valkey import valkey


@dataclass(frozen=True)
class Services:
    """Where the apps find their services; `processes` holds the root process ids of those that are ours.

    `groups` holds their control groups, as far as they have one.
    """

    database_url: str = field(repr=False)
    valkey_url: str = field(repr=False)
    processes: dict[str, int]
    groups: dict[str, Path] = field(default_factory=dict)


@contextlib.contextmanager
def services(folder: Path, *, log_folder: Path, cores: Collection[int] | None = None) -> Iterator[Services]:
    """Provide both services, filled with the articles, until the end of the block.

    Private ones keep sockets and data below `folder`, log to `postgres.log` and `valkey.log` in `log_folder`, and run
    on `cores`. Raises a problem when an existing one does not answer or lacks the tables.
    """
    ours: dict[str, Running] = {}
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
            ours["valkey"] = stack.enter_context(valkey(home, log=log_folder / "valkey.log", cores=cores))
            valkey_url = ours["valkey"].url
        if not database_url:
            log = log_folder / "postgres.log"
            ours["postgres"] = stack.enter_context(postgres(home, provide(home, log=log), log=log, cores=cores))
            database_url = ours["postgres"].url
        yield Services(
            database_url,
            valkey_url,
            processes={name: server.pid for name, server in ours.items()},
            groups={name: server.group for name, server in ours.items() if server.group is not None},
        )
