"""The services that lanes lean on: which of them a URL names, and which are started here."""

import os

from backing.existing import check_database, check_valkey


def own_services() -> list[str]:
    """Return the services to start here: those that no URL names."""
    urls = {"PostgreSQL": "TRILANE_DATABASE_URL", "Valkey": "TRILANE_VALKEY_URL"}
    return [name for name, variable in urls.items() if not os.environ.get(variable)]


def check_named() -> None:
    """Look at services that a URL names before anything is written: a mistake in it must not take the folder."""
    if url := os.environ.get("TRILANE_DATABASE_URL"):
        check_database(url)
    if url := os.environ.get("TRILANE_VALKEY_URL"):
        check_valkey(url)
