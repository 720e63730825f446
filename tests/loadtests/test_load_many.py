"""Thousands of users from one machine: all of them are let in, none fails, and they fit into little memory."""

import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from backing import leash
from loadtests.agent_client import Agent, agent
from loadtests.messages import Exchange, Load, Slice
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]
USERS = 5000
MIB = 2**20
pytestmark = pytest.mark.slow


@pytest.fixture
def null_url(tmp_path: Path) -> Iterator[str]:
    port_file = tmp_path / "port"
    with leash.leashed([sys.executable, "-m", "loadtests.load.null_server", port_file], folder=ROOT, grace_s=0):
        assert eventually(port_file.exists)
        yield f"http://127.0.0.1:{port_file.read_text()}"


def loaded(load: Agent, base_url: str, rate: float | None = None) -> Slice:
    exchange = Exchange(target="/", length=2, equals=b"xx")
    return load.load(
        Load(
            key="many",
            base_url=base_url,
            exchange=exchange,
            users=USERS,
            settle_s=1.5,
            window_s=2,
            spread_s=0.5,
            rate=rate,
        )
    )


def test_five_thousand_users_all_ask_and_fit_into_memory(run_folder: Path, null_url: str) -> None:
    with agent(run_folder, log=run_folder / "many.log") as crowd:
        first, second = loaded(crowd, null_url), loaded(crowd, null_url)
        memory = psutil.Process(crowd.pid).memory_full_info()
        opened = loaded(crowd, null_url, rate=500)
    assert [each.errors for each in (first, second, opened)] == [{}, {}, {}]
    assert [each.connections_opened for each in (first, second, opened)] == [USERS, 0, 0]
    assert [round(each.concurrency) for each in (first, second)] == [USERS, USERS]
    assert opened.dropped == 0
    # Half of what the whole harness may take: the orchestrator takes the rest.
    assert memory.rss < 200 * MIB
