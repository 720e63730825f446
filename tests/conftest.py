"""What the suites share: one set of private services, and a folder for a session's sockets and logs."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from backing.database_url import MARIADB
from backing.mariadb import program
from backing.problem import Problem
from backing.scratch import scratch
from backing.services import Services, services
from tests.sharing import ByServers

if TYPE_CHECKING:
    from xdist.remote import Producer


def pytest_configure() -> None:
    """Let Ctrl-C through: a shell's background job ignores it, and so would all that the tests start."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_make_scheduler(config: pytest.Config, log: "Producer") -> ByServers:
    """Share the tests out by the servers that they use."""
    return ByServers(config, log)


@pytest.fixture(scope="session")
def run_folder() -> Iterator[Path]:
    with scratch() as folder:
        yield folder


@pytest.fixture(scope="session")
def private_services(run_folder: Path) -> Iterator[Services]:
    """PostgreSQL and Valkey of the session's own, whatever the environment names."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("TRILANE_DATABASE_URL", raising=False)
        patch.delenv("TRILANE_VALKEY_URL", raising=False)
        patch.delenv("TRILANE_UPSTREAM_URL", raising=False)
        with services(run_folder, log_folder=run_folder) as started:
            yield started


@pytest.fixture(scope="session")
def private_mariadb() -> Iterator[Services]:
    """The same services with MariaDB as the database."""
    try:
        program()
    except Problem as problem:
        pytest.skip(str(problem))
    with pytest.MonkeyPatch.context() as patch, scratch() as folder:
        patch.delenv("TRILANE_DATABASE_URL", raising=False)
        patch.delenv("TRILANE_VALKEY_URL", raising=False)
        patch.delenv("TRILANE_UPSTREAM_URL", raising=False)
        with services(folder, log_folder=folder, database=MARIADB) as started:
            yield started
