"""What the tests of the harness share: one load agent."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtests.agent_client import Agent, agent


@pytest.fixture(scope="session")
def load_agent(run_folder: Path) -> Iterator[Agent]:
    with agent(run_folder, log=run_folder / "agent.log") as started:
        yield started
