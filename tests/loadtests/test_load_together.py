"""Loads that run at the same moment: each has its own users, connections and figures, and none ends early."""

import asyncio
import threading

import msgspec
import pytest

from backing.problem import Problem
from loadtests.agent_client import Agent
from loadtests.messages import Load
from tests.loadtests.loading import load_of
from tests.loadtests.synthetic import RIGHT, WRONG, Peer, Synthetic, synthetic

pytestmark = pytest.mark.alone


async def quick(_number: int, peer: Peer) -> str:
    await asyncio.sleep(0.005)
    await peer.send(RIGHT)
    return "right"


async def wrong(_number: int, peer: Peer) -> str:
    await asyncio.sleep(0.01)
    await peer.send(WRONG)
    return "wrong"


def keyed(load: Load, key: str) -> Load:
    return msgspec.structs.replace(load, key=key)


def seen_between(server: Synthetic, start_ns: int, end_ns: int) -> bool:
    return any(start_ns <= entry.read_ns < end_ns for entry in server.log)


def test_each_load_has_figures_of_its_own(load_agent: Agent) -> None:
    with synthetic(quick) as one, synthetic(wrong) as other:
        first, second = load_agent.load_together([load_of(one, users=3), load_of(other, users=5)])
        load_agent.close()
    assert (first.requests, first.errors) == (len(one.log), {})
    assert (second.requests, second.errors) == (len(other.log), {"wrong_body": len(other.log)})
    assert (first.connections_opened, second.connections_opened) == (3, 5)
    assert (one.connections, other.connections) == (3, 5)
    assert first.started_ns == second.started_ns
    assert first.cpu_ns == second.cpu_ns > 0


def test_no_load_ends_before_the_others_windows_are_over(load_agent: Agent) -> None:
    with synthetic(quick) as one, synthetic(quick) as other:
        loads = [load_of(one, window_s=0.2), load_of(other, settle_s=0.4, window_s=0.4)]
        short, long = load_agent.load_together(loads)
    assert short.window_end_ns < long.window_start_ns < long.window_end_ns
    middle_ns = (long.window_start_ns + long.window_end_ns) // 2
    assert seen_between(one, middle_ns, long.window_end_ns)
    assert seen_between(other, short.started_ns, short.window_end_ns)
    assert short.window_requests < short.requests == len(one.log)
    # What began after its window is not part of its tail.
    assert short.drained <= 4
    assert short.rt_max_us is not None


def test_two_loads_of_one_server_share_nothing(load_agent: Agent) -> None:
    with synthetic(quick) as server:
        load = load_of(server, users=4)
        pair = load_agent.load_together([keyed(load, "one"), keyed(load, "other")])
        again = load_agent.load_together([keyed(load, "one"), keyed(load, "other")])
        load_agent.close()
    assert server.connections == 8
    assert [each.connections_opened for each in pair + again] == [4, 4, 0, 0]
    assert sum(each.requests for each in pair + again) == len(server.log)


def test_stopping_ends_all_loads(load_agent: Agent) -> None:
    with synthetic(quick) as one, synthetic(quick) as other:
        threading.Timer(0.4, load_agent.stop_slice).start()
        seen = load_agent.load_together([load_of(one, window_s=60), load_of(other, settle_s=60)])
    assert [each.interrupted for each in seen] == [True, True]
    assert all(each.requests > 0 for each in seen)


def test_loads_that_would_share_their_connections_are_refused(load_agent: Agent) -> None:
    with synthetic(quick) as server:
        load = load_of(server)
        with pytest.raises(Problem, match="keys of their own"):
            load_agent.load_together([load, load])
        assert load_agent.load(load).requests > 0
