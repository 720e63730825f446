"""Thousands of users from one machine: all of them are let in, none fails, and they fit into little memory."""

import contextlib
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from backing import leash
from loadtests.agent_client import Agent, agent
from loadtests.measurement.store import read_records
from loadtests.messages import Exchange, Load, Slice
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]
USERS = 5000
MB = 10**6
MOST_BYTES = 300 * MB
# What the keepers keep: the harness's own programs, and what it measures or measures with.
OWN = ("loadtests.agent", "loadtests/pace.py")
OTHERS = ("backing.upstream", "gunicorn", "uvicorn", "postgres", "valkey-server", "loadtests.load.null_server")
pytestmark = [pytest.mark.alone, pytest.mark.slow]


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
    # Some of it is shared with the rest of the harness.
    assert memory.rss < 200 * MB


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="this system does not tell shares of memory")
def test_the_whole_harness_fits_into_300_mb_with_five_thousand_users(tmp_path: Path) -> None:
    out = tmp_path / "run"
    words = ["compare", "--lane", "fastapi-coroutine", "--scenario", "hello", "--users", str(USERS), "--rounds", "1"]
    command = [sys.executable, "-m", "loadtests", *words, "--no-control", "--out", str(out)]
    seen: dict[str, int] = {}
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        orchestrator = psutil.Process(run.pid)
        while run.poll() is None:
            now = {name: pss_bytes(pid) for name, pid in harness(orchestrator)}
            seen = max(seen, now, key=lambda each: sum(each.values()))
            time.sleep(0.2)
        # Whether the figures of a busy machine can be trusted is not what is asked here.
        assert run.returncode in {0, 3}
    slices = [record.client for record in read_records(out) if record.client is not None]
    assert [round(client.concurrency, -2) for client in slices][-1] == USERS
    assert any(OWN[0] in name for name in seen)
    assert sum(seen.values()) < MOST_BYTES, {name: f"{size / MB:.0f} MB" for name, size in seen.items()}


def harness(orchestrator: psutil.Process) -> Iterator[tuple[str, int]]:
    """Give the name and id of each process that the harness itself is made of: no servers and no services."""
    yield "orchestrator", orchestrator.pid
    # Each of them may end while it is looked at.
    with contextlib.suppress(psutil.NoSuchProcess):
        for keeper in orchestrator.children():
            yield f"{keeper.pid} keeper", keeper.pid
            for program in keeper.children():
                words = " ".join(program.cmdline())
                if any(name in words for name in OWN):
                    yield f"{program.pid} {words}", program.pid
                else:
                    assert not words or any(name in words for name in OTHERS), words


def pss_bytes(pid: int) -> int:
    """Return a process's share of the memory, of what several share its part; 0 when it ended meanwhile."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        if found := re.search(r"^Pss:\s+(\d+) kB$", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE):
            return int(found[1]) * 1024
    return 0
