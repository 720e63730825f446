"""The load agent and wrk in turn on the same server: their figures must agree. Run with `pytest -m measurement`."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from backing.services import Services
from loadtests.agent_client import Agent, agent
from loadtests.measurement.cores import available, share_out
from loadtests.messages import Exchange, Load, Slice
from loadtests.scenarios import SCENARIOS
from loadtests.servers.lanes import LANES
from loadtests.servers.process import start
from loadtests.servers.server import Server
from tests.loadtests.loading import values_us

pytestmark = [
    pytest.mark.measurement,
    pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed"),
]
PAIRS = 12
USERS = 32
SECONDS = 2
CORES = share_out(None, available())
_UNITS_US = {"us": 1.0, "ms": 1e3, "s": 1e6}


@pytest.fixture(scope="module")
def pinned_agent(run_folder: Path) -> Iterator[Agent]:
    with agent(run_folder, log=run_folder / "pinned-agent.log", cores=CORES.others) as started:
        yield started


@pytest.fixture(params=["fastapi-coroutine", "flask-thread"])
def server(request: pytest.FixtureRequest, private_services: Services, run_folder: Path) -> Iterator[Server]:
    lane = LANES[request.param]
    started = start(lane, services=private_services, folder=run_folder, cores=CORES.servers)
    try:
        started.wait_until_ready()
        yield started
    finally:
        started.stop()


def by_agent(load: Agent, server: Server, target: str) -> tuple[float, float]:
    exchange = Exchange(target=target, contains=SCENARIOS["hello"].contains)
    key = server.lane.name
    seen: Slice = load.load(
        Load(key=key, base_url=server.base_url, exchange=exchange, users=USERS, settle_s=0.1, window_s=SECONDS)
    )
    load.close(key)
    assert seen.errors == {}
    window_s = (seen.window_end_ns - seen.window_start_ns) / 1e9
    return seen.window_requests / window_s, float(np.median(values_us(seen.latencies)))


def by_wrk(server: Server, target: str) -> tuple[float, float]:
    core = str(min(CORES.others))
    command = ["taskset", "-c", core, "wrk", "-t1", f"-c{USERS}", f"-d{SECONDS}s", "--latency"]
    said = subprocess.run([*command, server.base_url + target], capture_output=True, text=True, check=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    p50 = re.search(r"50%\s+([\d.]+)(us|ms|s)", said)
    assert rate, said
    assert p50, said
    assert "Non-2xx" not in said
    return float(rate[1]), float(p50[1]) * _UNITS_US[p50[2]]


def test_the_agent_and_wrk_read_the_same_rate_and_median(
    pinned_agent: Agent, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    target = SCENARIOS["hello"].target(server.lane.styles[0])
    pairs = []
    for number in range(PAIRS):
        # Each goes first as often as the other.
        if number % 2:
            theirs, ours = by_wrk(server, target), by_agent(pinned_agent, server, target)
        else:
            ours, theirs = by_agent(pinned_agent, server, target), by_wrk(server, target)
        pairs.append((ours, theirs))
    rate = median(ours[0] / theirs[0] for ours, theirs in pairs)
    p50 = median(ours[1] / theirs[1] for ours, theirs in pairs)
    with capsys.disabled():
        sys.stderr.write(f"\n{server.lane.name}: agent/wrk over {PAIRS} pairs: QPS {rate:.3f}, p50 {p50:.3f}\n")
    assert 0.93 <= rate <= 1.07
    assert 0.9 <= p50 <= 1.1
