"""Open load: the schedule is kept whatever the server does, and what could not be kept is counted."""

import asyncio
import os
import signal
import threading
import time

import msgspec
import numpy as np
import pytest

from backing.problem import Problem
from loadtests.agent_client import Agent
from loadtests.load.schedule import arrivals_ns
from loadtests.messages import Slice
from tests.loadtests.loading import load_of, values_us
from tests.loadtests.synthetic import CLOSING, RIGHT, Peer, synthetic
from tests.proofs.freeze import Freeze, Seen, by_closed_load, by_open_load, is_near

pytestmark = pytest.mark.alone

# Other programs on the machine delay client and server; an error of the client's would be there each time.
ATTEMPTS = 5
USERS = 4


async def after_5_ms(_number: int, peer: Peer) -> str:
    await asyncio.sleep(0.005)
    await peer.send(RIGHT)
    return "right"


async def after_300_ms(_number: int, peer: Peer) -> str:
    await asyncio.sleep(0.3)
    await peer.send(RIGHT)
    return "right"


async def once_a_connection(_number: int, peer: Peer) -> str:
    await peer.send(CLOSING)
    peer.close()
    return "right"


async def hangs_up_soon(_number: int, peer: Peer) -> str:
    await peer.send(RIGHT)
    asyncio.get_running_loop().call_later(0.02, peer.close)
    return "right"


async def never(_number: int, _peer: Peer) -> str:
    await asyncio.sleep(60)
    return "never"


def window_s(seen: Slice) -> float:
    return (seen.window_end_ns - seen.window_start_ns) / 1e9


def test_the_same_seed_gives_the_same_schedule_and_another_seed_another_one() -> None:
    one, again, other = (arrivals_ns(1000, seed, 2.0) for seed in (7, 7, 8))
    assert one.tolist() == again.tolist()
    assert one.tolist() != other.tolist()
    assert arrivals_ns(1000, 7, 1.0).tolist() == one[one < 1e9].tolist()


def test_arrivals_are_a_poisson_process() -> None:
    counts = np.array([len(arrivals_ns(200, seed, 1.0)) for seed in range(2000)])
    gaps_s = np.diff(arrivals_ns(200, 1, 1000.0)) / 1e9
    # Mean and variance of the counts are the rate; gaps are exponential, whose deviation is their mean.
    assert counts.mean() == pytest.approx(200, abs=4 * (200 / 2000) ** 0.5)
    assert counts.var() == pytest.approx(200, rel=0.13)
    assert gaps_s.mean() == pytest.approx(1 / 200, rel=0.01)
    assert gaps_s.std() == pytest.approx(1 / 200, rel=0.02)
    assert (gaps_s > 0).all()


@pytest.mark.parametrize("rate", [50.0, 400.0])
def test_every_start_that_is_due_is_made_once(load_agent: Agent, rate: float) -> None:
    with synthetic(after_5_ms) as server:
        seen = load_agent.load(load_of(server, users=200, rate=rate, seed=5, settle_s=0.2, window_s=1.0))
    planned = arrivals_ns(rate, 5, 3.0) + seen.started_ns
    in_window = (seen.window_start_ns <= planned) & (planned < seen.window_end_ns)
    assert seen.due == in_window.sum()
    assert seen.requests == (planned < seen.window_end_ns).sum() == len(server.log)
    assert (seen.dropped, seen.errors, seen.retried) == (0, {}, 0)
    assert seen.connections_opened == server.connections < seen.requests


def test_concurrency_is_rate_times_response_time(load_agent: Agent) -> None:
    with synthetic(after_5_ms) as server:
        seen = load_agent.load(load_of(server, users=200, rate=400, window_s=2.0))
    assert seen.rt_mean_all_us is not None
    littles = seen.window_requests / window_s(seen) * seen.rt_mean_all_us / 1e6
    # At either end of the window a few requests are cut.
    assert littles == pytest.approx(seen.concurrency, rel=0.05)


def test_who_waits_as_the_window_closes_is_in_the_percentiles(load_agent: Agent) -> None:
    due_ns = arrivals_ns(200, 3, 10.0)
    frozen_ns: list[int] = []

    async def freeze_once(number: int, peer: Peer) -> str:
        if number == np.searchsorted(due_ns, 600_000_000):
            frozen_ns.append(time.monotonic_ns())
            time.sleep(0.8)  # noqa: ASYNC251 - the whole server stands still
            frozen_ns.append(time.monotonic_ns())
        await peer.send(RIGHT)
        return "right"

    with synthetic(freeze_once) as server:
        seen = load_agent.load(load_of(server, users=500, rate=200, seed=3, settle_s=0.1, window_s=1.0))
    planned = due_ns + seen.started_ns
    in_window = planned[(seen.window_start_ns <= planned) & (planned < seen.window_end_ns)]
    waited_us = (frozen_ns[1] - in_window[in_window > frozen_ns[0]]) / 1000
    times_us = np.sort(values_us(seen.latencies))
    assert len(times_us) == seen.due == len(in_window)
    assert seen.window_requests < len(times_us)
    assert len(waited_us) > 20
    # Everyone who came in the freeze waited for the rest of it, or longer.
    assert (times_us[-len(waited_us) :] >= np.sort(waited_us) * 0.999).all()
    least_us = np.concatenate([np.zeros(len(times_us) - len(waited_us)), waited_us])
    assert np.percentile(times_us, 99) >= np.percentile(least_us, 99) * 0.999 > 0
    assert seen.rt_max_us is not None
    assert seen.rt_max_us >= waited_us.max()
    assert seen.rt_mean_us == pytest.approx(times_us.mean(), rel=0.001)


def test_starts_beyond_the_cap_are_dropped_and_counted_and_the_others_wait_for_nobody(load_agent: Agent) -> None:
    with synthetic(after_300_ms) as server:
        seen = load_agent.load(load_of(server, users=USERS, rate=100, seed=2, settle_s=0.0, window_s=1.5))
    assert seen.due is not None
    # What was due in the window was either sent or dropped; in the moment before it opened one may have been sent.
    assert seen.due - len(server.log) <= seen.dropped <= seen.due - len(server.log) + 1
    assert seen.dropped > 0
    assert seen.requests == len(server.log) <= USERS * 6
    assert seen.connections_opened == USERS
    assert seen.concurrency <= USERS


def test_a_generator_that_stood_still_counts_its_late_starts_and_hides_no_waiting(load_agent: Agent) -> None:
    stood_ns: list[int] = []

    def stand_still() -> None:
        os.kill(load_agent.pid, signal.SIGSTOP)
        stood_ns.append(time.monotonic_ns())
        time.sleep(0.3)
        stood_ns.append(time.monotonic_ns())
        os.kill(load_agent.pid, signal.SIGCONT)

    with synthetic(after_5_ms) as server:
        threading.Timer(0.6, stand_still).start()
        seen = load_agent.load(load_of(server, users=200, rate=200, seed=9, settle_s=0.2, window_s=1.5))
    due_ns = arrivals_ns(200, 9, 3.0) + seen.started_ns
    missed_ns = due_ns[(stood_ns[0] < due_ns) & (due_ns < stood_ns[1] - 1_000_000)]
    assert seen.late >= len(missed_ns) > 20
    assert seen.dropped == 0
    assert seen.rt_max_us is not None
    assert seen.rt_max_us * 1000 >= stood_ns[1] - missed_ns[0]
    assert seen.send_lag_max_us is not None
    assert seen.send_lag_max_us * 1000 >= stood_ns[1] - missed_ns[0]


def test_a_connection_that_ends_while_it_is_idle_is_opened_anew(load_agent: Agent) -> None:
    with synthetic(hangs_up_soon) as server:
        seen = load_agent.load(load_of(server, users=20, rate=20, window_s=1.0))
    assert (seen.requests, seen.errors) == (len(server.log), {})
    assert seen.connections_opened == server.connections > 10


def test_a_connection_for_each_request_is_opened_where_the_server_wants_it(load_agent: Agent) -> None:
    with synthetic(once_a_connection) as server:
        seen = load_agent.load(load_of(server, users=50, rate=200))
    assert (seen.requests, seen.errors) == (len(server.log), {})
    assert seen.connections_opened == server.connections == seen.requests


def test_connections_are_kept_between_slices_and_used_in_turn(load_agent: Agent) -> None:
    with synthetic(after_300_ms) as server:
        load = load_of(server, users=50, rate=50, window_s=0.5)
        first = load_agent.load(load)
        second = load_agent.load(msgspec.structs.replace(load, rate=20.0, seed=1))
    assert first.connections_opened > 8
    assert second.connections_opened == 0


def test_what_is_answered_too_late_times_out_from_the_moment_it_was_due(load_agent: Agent) -> None:
    with synthetic(never) as server:
        seen = load_agent.load(load_of(server, users=100, rate=100, timeout_s=0.2))
    assert seen.requests == len(server.heads)
    assert seen.errors == {"timeout": seen.requests}
    assert values_us(seen.failed_latencies).min() >= 200_000 * 0.999
    assert len(values_us(seen.failed_latencies)) == seen.due


@pytest.mark.parametrize("behaviour", [after_5_ms, never], ids=["answering", "waiting"])
def test_a_stopped_open_load_ends_with_what_it_has(load_agent: Agent, behaviour: object) -> None:
    with synthetic(behaviour) as server:  # type: ignore[arg-type]
        threading.Timer(0.5, load_agent.stop_slice).start()
        seen = load_agent.load(load_of(server, users=200, rate=200, window_s=60, timeout_s=60))
    assert seen.interrupted
    assert seen.requests == len(server.log)
    assert seen.due is not None
    assert seen.due > 0


def test_an_open_and_a_closed_load_run_together(load_agent: Agent) -> None:
    with synthetic(after_5_ms) as one, synthetic(after_5_ms) as other:
        opened, closed = load_agent.load_together([load_of(one, rate=100, users=50), load_of(other)])
    assert (opened.requests, closed.requests) == (len(one.log), len(other.log))
    assert opened.due is not None
    assert closed.due is None


def test_a_closed_load_has_no_starts_that_are_due(load_agent: Agent) -> None:
    with synthetic(after_5_ms) as server:
        seen = load_agent.load(load_of(server))
    assert (seen.due, seen.late, seen.dropped) == (None, 0, 0)


def test_a_rate_that_is_none_is_refused(load_agent: Agent) -> None:
    with synthetic(after_5_ms) as server, pytest.raises(Problem, match="rate above 0"):
        load_agent.load(load_of(server, rate=0))


def test_an_open_load_shows_a_freeze_that_a_closed_one_does_not(load_agent: Agent) -> None:
    freeze = Freeze(period_s=2, freeze_s=0.4, periods=2)
    assert any(is_near(by_open_load(load_agent, freeze, rate=400, seed=seed), freeze) for seed in range(ATTEMPTS))
    assert any(is_blind(by_closed_load(load_agent, freeze, users=USERS), freeze) for _ in range(ATTEMPTS))


def is_blind(closed: Seen, freeze: Freeze) -> bool:
    """Whether a closed load felt each freeze once a user and shows none of it in its p99."""
    return 0 < closed.frozen <= USERS * freeze.periods and closed.p99_ms < freeze.quantile_ms(0.99) / 4
