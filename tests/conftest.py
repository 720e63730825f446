"""What the suites share: one set of private services, and a folder for a session's sockets and logs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from backing.scratch import scratch
from backing.services import Services, services


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
        with services(run_folder, log_folder=run_folder) as started:
            yield started
