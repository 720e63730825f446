"""The client's figures, held to what servers of known behaviour wrote down themselves."""

import asyncio

import numpy as np
import pytest
from hdrh.histogram import HdrHistogram

from loadtests.agent_client import Agent
from loadtests.load.histogram import encode
from tests.loadtests.loading import load_of, served_us, values_us
from tests.loadtests.synthetic import CLOSING, RIGHT, WRONG, Behaviour, Peer, Synthetic, synthetic

pytestmark = pytest.mark.alone

# What the server cannot see: two trips through the kernel and the client's and its own way to the clock.
_UNSEEN_US = 300
_SMALL_ERROR = 0.02
# Other programs on the machine delay the client and not the server, or the other way round. Such a delay passes; an
# error of the client's would be there each time.
ATTEMPTS = 10


async def after_20_ms(_number: int, peer: Peer) -> str:
    await asyncio.sleep(0.02)
    await peer.send(RIGHT)
    return "right"


async def bimodal(number: int, peer: Peer) -> str:
    slow = number % 4 == 0
    await asyncio.sleep(0.1 if slow else 0.001)
    await peer.send(RIGHT)
    return "slow" if slow else "fast"


async def every_100th_wrong(number: int, peer: Peer) -> str:
    await asyncio.sleep(0.001)
    wrong = number % 100 == 0
    await peer.send(WRONG if wrong else RIGHT)
    return "wrong" if wrong else "right"


async def every_50th_connection_reset(_number: int, peer: Peer) -> str:
    if peer.number % 50 == 0:
        peer.reset()
        return "reset"
    await peer.send(CLOSING)
    peer.close()
    return "right"


def close_to(seen_us: float, true_us: float) -> bool:
    return true_us * (1 - _SMALL_ERROR) <= seen_us <= true_us * (1 + _SMALL_ERROR) + _UNSEEN_US


def test_every_request_that_the_server_answered_is_counted_once(load_agent: Agent) -> None:
    with synthetic(after_20_ms) as server:
        seen = load_agent.load(load_of(server, users=8))
    assert (seen.requests, seen.errors, seen.retried) == (len(server.log), {}, 0)
    assert (seen.connections_opened, server.connections) == (8, 8)
    assert seen.bytes_received == len(server.log) * len(RIGHT)


async def after_200_ms(_number: int, peer: Peer) -> str:
    await asyncio.sleep(0.2)
    await peer.send(RIGHT)
    return "right"


# A busy machine delays half of all answers by a millisecond, but hardly the quickest ones.
@pytest.mark.parametrize(("behaviour", "low_or_high"), [(after_20_ms, {1, 10}), (after_200_ms, {50, 90, 99})])
def test_percentiles_of_a_fixed_delay_are_the_servers(
    load_agent: Agent, behaviour: Behaviour, low_or_high: set[int]
) -> None:
    missing = set(low_or_high)
    for _ in range(ATTEMPTS):
        missing -= percentiles_that_agree(load_agent, behaviour, missing)
        if not missing:
            return
    pytest.fail(f"the client's percentiles {sorted(missing)} are not the server's, {ATTEMPTS} times in turn")


def percentiles_that_agree(load_agent: Agent, behaviour: Behaviour, wanted: set[int]) -> set[int]:
    with synthetic(behaviour) as server:
        seen = load_agent.load(load_of(server, users=8, window_s=1))
    times_us, true_us = values_us(seen.latencies), served_us(server)
    assert len(times_us) == seen.window_requests
    return {at for at in wanted if close_to(np.percentile(times_us, at), np.percentile(true_us, at))}


def test_two_modes_are_told_apart_with_exact_counts(load_agent: Agent) -> None:
    assert any(modes_agree(load_agent) for _ in range(ATTEMPTS))


def modes_agree(load_agent: Agent) -> bool:
    with synthetic(bimodal) as server:
        seen = load_agent.load(load_of(server, users=8, settle_s=0, window_s=1.5))
    assert seen.requests == len(server.log)
    times_us = values_us(seen.latencies)
    slow = times_us > 50_000
    # What was answered as the window closed is within it at one end only: at most one request of each user.
    in_window = [entry for entry in server.log if entry.done_ns < seen.window_end_ns]
    assert abs(slow.sum() - sum(entry.kind == "slow" for entry in in_window)) <= 8
    assert abs((~slow).sum() - sum(entry.kind == "fast" for entry in in_window)) <= 8
    modes = (("slow", times_us[slow]), ("fast", times_us[~slow]))
    return all(close_to(np.median(times), np.median(served_us(server, kind))) for kind, times in modes)


def test_every_wrong_answer_is_counted_and_kept_apart(load_agent: Agent) -> None:
    with synthetic(every_100th_wrong) as server:
        seen = load_agent.load(load_of(server))
    assert server.count("wrong") > 0
    assert seen.errors == {"wrong_body": server.count("wrong")}
    assert seen.requests == len(server.log)
    assert len(values_us(seen.latencies)) == seen.window_requests - sum(seen.window_errors.values())
    assert len(values_us(seen.failed_latencies)) == sum(seen.window_errors.values())
    assert "wrong_body" in (seen.first_error or "")


def test_every_reset_connection_is_counted_and_none_is_hidden_by_a_retry(load_agent: Agent) -> None:
    with synthetic(every_50th_connection_reset) as server:
        seen = load_agent.load(load_of(server))
    assert server.count("reset") > 0
    assert seen.errors == {"reset": server.count("reset")}
    assert (seen.requests, seen.connections_opened) == (len(server.log), server.connections)
    assert seen.retried == 0


def in_flight_at_the_server(server: Synthetic, start_ns: int, end_ns: int) -> float:
    spans = [(max(entry.read_ns, start_ns), min(entry.done_ns, end_ns)) for entry in server.log]
    return sum(max(0, end - start) for start, end in spans) / (end_ns - start_ns)


def test_concurrency_agrees_with_the_server_and_with_littles_law(load_agent: Agent) -> None:
    with synthetic(after_20_ms) as server:
        seen = load_agent.load(load_of(server, users=8, window_s=1.5))
    window_ns = seen.window_end_ns - seen.window_start_ns
    at_server = in_flight_at_the_server(server, seen.window_start_ns, seen.window_end_ns)
    assert at_server * 0.999 <= seen.concurrency <= 8
    assert seen.rt_mean_all_us is not None
    littles = seen.window_requests * seen.rt_mean_all_us * 1000 / window_ns
    # At either end of the window a request of each user is cut.
    assert littles == pytest.approx(seen.concurrency, abs=8 * 20 / 1500 + 0.05)
    assert sum(seen.window_thirds) == seen.window_requests


def test_a_response_time_includes_connecting(load_agent: Agent) -> None:
    with synthetic(every_50th_connection_reset) as server:
        seen = load_agent.load(load_of(server, users=1))
    assert seen.connections_opened == seen.requests
    assert np.median(values_us(seen.latencies)) > np.median(served_us(server))


def test_a_histogram_filled_at_once_equals_one_filled_value_by_value() -> None:
    times_ns = np.random.default_rng(3).lognormal(15, 3, 5000).astype(np.int64)
    edges_us = [0, 1, 2, 1023, 1024, 2047, 2048, 2049, 4095, 4096, 2**31, 3_599_999_999, 3_600_000_000, 4_000_000_000]
    times_ns = np.concatenate([times_ns, np.array(edges_us, dtype=np.int64) * 1000])
    slow = HdrHistogram(1, 3_600_000_000, 3)
    for time_us in np.clip((times_ns + 500) // 1000, 1, 3_600_000_000).tolist():
        assert slow.record_value(time_us)
    assert encode(times_ns) == slow.encode().decode()
    assert encode(times_ns[:0]) == HdrHistogram(1, 3_600_000_000, 3).encode().decode()
