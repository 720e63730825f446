"""What the tests of the database share: an engine's services, and a process as a lane has it."""

from collections.abc import Iterator

import pytest

from backing import access
from backing.database_url import MARIADB, POSTGRESQL
from backing.driver import own_name
from backing.services import Services


@pytest.fixture(params=[POSTGRESQL, pytest.param(MARIADB, marks=pytest.mark.slow)])
def database(request: pytest.FixtureRequest) -> Services:
    """The services of one engine."""
    name = "private_mariadb" if request.param == MARIADB else "private_services"
    found: Services = request.getfixturevalue(name)
    return found


@pytest.fixture
def lane(database: Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A process as a lane has it: two pooled connections, and little patience."""
    monkeypatch.setenv("TRILANE_DATABASE_URL", database.database_url)
    monkeypatch.setenv("TRILANE_LANE", "tested")
    monkeypatch.setenv("TRILANE_POOL_SIZE", "2")
    monkeypatch.setenv("TRILANE_POOL_TIMEOUT_S", "0.3")
    monkeypatch.setenv("TRILANE_QUERY_TIMEOUT_S", "0.6")
    access.settings.cache_clear()
    access.close()
    yield own_name("pooled")
    access.close()
    access.settings.cache_clear()
