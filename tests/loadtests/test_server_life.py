"""How soon a server answers after its start, and what is lost when it is stopped under load."""

import dataclasses
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from backing.services import Services
from loadtests.agent_client import Agent
from loadtests.measurement.cores import available, share_out
from loadtests.measurement.life import live, lost, spread, start_up, stop_under_load
from loadtests.servers import LANES, Server
from loadtests.servers.process import start
from loadtests.servers.stacks import ROOT
from tests.loadtests.measured import client

# A server that is ready after a second, and on SIGTERM does what its second argument says.
KNOWN = ("-m", "tests.loadtests.mortal", "{port}")


@contextmanager
def mortal(manner: str, services: Services, folder: Path) -> Iterator[Server]:
    """Start a server of known manners under the name of a lane."""
    lane = dataclasses.replace(LANES["fastapi-coroutine"], command=(*KNOWN, manner))
    server = start(lane, services=services, folder=folder)
    try:
        yield server
    finally:
        server.stop()


def test_the_first_answer_is_waited_for_and_not_the_open_port(private_services: Services, tmp_path: Path) -> None:
    with mortal("graceful", private_services, tmp_path) as server:
        first_ms, all_ms = start_up(server)
    assert first_ms > 1_000, "it answers 503 for a second"
    assert all_ms is None, "it keeps no count"


def test_a_server_that_answers_what_it_accepted_loses_nothing(
    private_services: Services, load_agent: Agent, tmp_path: Path
) -> None:
    with mortal("graceful", private_services, tmp_path) as server:
        server.wait_until_ready()
        stopped = stop_under_load(server, load_agent, users=8)
    assert stopped.lost == {}
    assert stopped.refused > 0
    assert stopped.answered > 8
    assert stopped.exit_code == 0


def test_a_server_that_dies_at_once_breaks_off_what_it_had_accepted(
    private_services: Services, load_agent: Agent, tmp_path: Path
) -> None:
    with mortal("abrupt", private_services, tmp_path) as server:
        server.wait_until_ready()
        stopped = stop_under_load(server, load_agent, users=8)
    # Half of each answer was on its way: no client may ask again, but for one that had just been about to ask.
    assert set(stopped.lost) == {"truncated"}
    assert 8 - stopped.retried <= sum(stopped.lost.values()) <= 8
    assert stopped.exit_code == 3


def test_a_lane_starts_and_stops_and_is_described(
    private_services: Services, load_agent: Agent, tmp_path: Path
) -> None:
    found = live(
        "fastapi-coroutine",
        services=private_services,
        load=load_agent,
        cores=share_out(None, available()),
        folder=tmp_path,
        logs=None,
        stack="current",
        starts=2,
        users=8,
    )
    assert found.first_answer_ms.median > 0
    assert found.first_answer_ms.low is None, "two starts allow no interval"
    assert found.all_workers_ms is not None
    assert found.all_workers_ms.median >= found.first_answer_ms.median
    assert found.stopped.answered > 8
    assert found.stopped.gone_ms > 0
    assert found.stopped.undelivered is not None


@pytest.mark.slow
def test_the_command_writes_what_it_prints(tmp_path: Path) -> None:
    words = ("life", "flask-thread", "fastapi-coroutine", "--starts", "6", "--json", "--out", str(tmp_path / "life"))
    done = subprocess.run([sys.executable, "-m", "loadtests", *words], cwd=ROOT, capture_output=True, check=True)
    told = json.loads(done.stdout)
    assert told == json.loads((tmp_path / "life" / "summary.json").read_text())
    assert [each["lane"] for each in told["life"]] == ["flask-thread", "fastapi-coroutine"]
    for each in told["life"]:
        first = each["first_answer_ms"]
        assert first["low"] <= first["median"] <= first["high"]


def test_an_unknown_lane_is_told_with_exit_code_2() -> None:
    words = [sys.executable, "-m", "loadtests", "life", "flask-fibre"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "unknown lane 'flask-fibre'" in done.stderr


def test_what_was_never_sent_is_not_lost() -> None:
    assert lost(client([1], errors={"refused": 5, "unreachable": 1, "reset": 2, "timeout": 1})) == {
        "reset": 2,
        "timeout": 1,
    }


def test_an_interval_of_a_median_lies_between_two_of_the_figures() -> None:
    assert spread([3, 1, 2]).low is None
    six = spread([6, 2, 4, 1, 5, 3])
    assert (six.median, six.low, six.high) == (3.5, 1, 6)
    nine = spread(range(1, 10))
    assert (nine.low, nine.high) == (2, 8)
