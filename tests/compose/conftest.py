"""The containers, brought up once for all tests here and taken down with their volumes at the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from loadtests.agent_client import Agent, agent
from tests.compose.project import APPS, Containers

HEALTHY_S: list[float] = []
# The second is what `--profile mariadb` says for one command.
ON_MARIADB = {"TRILANE_DATABASE": "mariadb", "COMPOSE_PROFILES": "mariadb"}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell how long it took until everything was healthy: a figure to watch, which no test asserts."""
    for seconds in HEALTHY_S:
        terminalreporter.write_line(f"docker compose up --wait, images built: everything healthy after {seconds:.0f} s")


@contextmanager
def until_the_end(containers: Containers) -> Iterator[Containers]:
    try:
        yield containers
    finally:
        print(containers.compose("logs", "--tail", "20"))  # noqa: T201 - pytest shows it when a test fails
        containers.compose("--profile", "*", "down", "--volumes", "--remove-orphans", "--timeout", "5")


@pytest.fixture(scope="session")
def up() -> Iterator[Containers]:
    """The file as it stands, nothing chosen."""
    with until_the_end(Containers.named("test")) as containers:
        HEALTHY_S.append(containers.up())
        yield containers


@pytest.fixture(scope="module")
def on_mariadb() -> Iterator[Containers]:
    """The apps on the other engine, without Locust."""
    with until_the_end(Containers.named("mariadb").choosing(**ON_MARIADB)) as containers:
        containers.up(*APPS)
        yield containers


@pytest.fixture(scope="session")
def load(run_folder: Path) -> Iterator[Agent]:
    """A load agent outside the containers, which nothing that happens to them touches."""
    with agent(run_folder, log=run_folder / "agent.log") as started:
        yield started
