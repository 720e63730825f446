"""The services that lanes lean on: which of them a URL names, and which are started here."""

import os

from backing.database_url import MARIADB
from backing.existing import check_database, check_valkey
from backing.private_upstream import check_upstream
from backing.services import chosen_engine


def own_services(database: str | None = None) -> list[str]:
    """Return the services to start here: those that no URL names."""
    name = "MariaDB" if chosen_engine(database) == MARIADB else "PostgreSQL"
    urls = {name: "TRILANE_DATABASE_URL", "Valkey": "TRILANE_VALKEY_URL"}
    return [name for name, variable in urls.items() if not os.environ.get(variable)]


def check_named(database: str | None = None) -> None:
    """Look at services that a URL names before anything is written: a mistake in it must not take the folder."""
    chosen_engine(database)
    if url := os.environ.get("TRILANE_DATABASE_URL"):
        check_database(url)
    if url := os.environ.get("TRILANE_VALKEY_URL"):
        check_valkey(url)
    if url := os.environ.get("TRILANE_UPSTREAM_URL"):
        check_upstream(url)
