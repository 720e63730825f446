"""Several real workers make one load: nothing is lost between them, and one that is lost does not pass unnoticed."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from backing.problem import Problem
from loadtests.measurement import histogram
from loadtests.messages import Exchange, Yardstick
from loadtests.workers.launch import APART_S, CrewAgent
from tests.loadtests.crews import PYTHON, others, ours, pooled_percentile
from tests.loadtests.loading import load_of
from tests.loadtests.synthetic import RIGHT, WRONG, Peer, synthetic

AROUND: dict[str, Any] = {"settle_s": 0.1 + APART_S, "linger_s": APART_S}


async def quick(_number: int, peer: Peer) -> str:
    await asyncio.sleep(0.001)
    await peer.send(RIGHT)
    return "right"


async def uneven(number: int, peer: Peer) -> str:
    """Answer one in ten late, and every user of one worker later than those of the other."""
    await asyncio.sleep(0.03 if number % 10 == 0 else 0.002 * (1 + peer.number % 3))
    await peer.send(RIGHT)
    return "right"


async def wrong_at_times(number: int, peer: Peer) -> str:
    kind = "wrong" if number % 5 == 0 else "right"
    await asyncio.sleep(0.001)
    await peer.send(WRONG if kind == "wrong" else RIGHT)
    return kind


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrewAgent]:
    with ours(tmp_path_factory.mktemp("two"), 2) as agent:
        yield agent


def test_every_request_of_every_worker_is_counted_once(two: CrewAgent) -> None:
    with synthetic(quick) as server:
        seen = two.load(load_of(server, users=5, **AROUND))
        assert (seen.requests, seen.errors) == (len(server.log), {})
        assert seen.connections_opened == server.connections == 5
    assert sorted(part.users for part in seen.parts) == [2, 3]
    assert sum(part.requests for part in seen.parts) == seen.requests
    assert sum(part.cpu_ns for part in seen.parts) == seen.cpu_ns
    assert all(part.here and 0 < part.cpu_ns < part.elapsed_ns for part in seen.parts)


def test_errors_of_all_workers_are_counted_and_the_first_says_whose_it_was(two: CrewAgent) -> None:
    with synthetic(wrong_at_times) as server:
        seen = two.load(load_of(server, users=4, **AROUND))
        assert seen.errors == {"wrong_body": server.count("wrong")}
    assert (seen.first_error or "").startswith("worker ")


def test_little_s_law_holds_for_the_sum(two: CrewAgent) -> None:
    with synthetic(uneven) as server:
        seen = two.load(load_of(server, users=6, window_s=1.5, **AROUND))
    window_s = (seen.window_end_ns - seen.window_start_ns) / 1e9
    assert seen.rt_mean_all_us is not None
    # What is under way at the window's two ends is the law's remainder: at most all users, for the slowest answer.
    off = 0.05 * 6 + 6 * (seen.rt_max_us or 0) / 1e6 / window_s
    assert seen.concurrency == pytest.approx(seen.window_requests / window_s * seen.rt_mean_all_us / 1e6, abs=off)
    assert seen.concurrency == pytest.approx(6, rel=0.1)


def test_the_times_are_of_the_orchestrator_s_clock_and_in_order(two: CrewAgent) -> None:
    with synthetic(quick) as server:
        seen = two.load(load_of(server, **AROUND))
        first_ns, last_ns = server.log[0].read_ns, server.log[-1].done_ns
    assert seen.started_ns <= seen.window_start_ns < seen.window_end_ns <= seen.ended_ns
    assert seen.window_start_ns < last_ns
    assert first_ns < seen.window_end_ns
    assert seen.apart_ns is not None


def test_each_user_sends_its_own_whatever_worker_it_belongs_to(two: CrewAgent) -> None:
    own = tuple(Exchange(target=f"/hello?user={number}") for number in range(7))
    with synthetic(quick) as server:
        two.load(load_of(server, users=7, exchanges=own, **AROUND))
        asked = {head.split(b" ")[1] for head in server.heads}
    assert asked == {each.target.encode() for each in own}


def test_an_open_load_keeps_its_rate(two: CrewAgent) -> None:
    with synthetic(quick) as server:
        seen = two.load(load_of(server, users=50, rate=200.0, window_s=2.0, **AROUND))
    assert seen.due == pytest.approx(400, rel=0.25)
    assert sum(part.users for part in seen.parts) == 50


def test_one_user_has_one_worker_and_a_neighbour_loads_beside_the_others(two: CrewAgent) -> None:
    with synthetic(quick) as server, synthetic(quick) as other:
        alone = two.load(load_of(server, users=1))
        client, beside = two.load_together((load_of(server, users=4, **AROUND), load_of(other, users=1, **AROUND)))
        assert beside.requests == len(other.log)
    assert (len(alone.parts), len(client.parts), len(beside.parts)) == (1, 2, 1)


def test_a_slice_of_all_workers_is_stopped_at_once(two: CrewAgent) -> None:
    with synthetic(quick) as server:
        two.stop_slice()
        assert not two.load(load_of(server, **AROUND)).interrupted
    with synthetic(quick) as server:
        threading.Timer(0.5, two.stop_slice).start()
        seen = two.load(load_of(server, users=4, window_s=600, timeout_s=600))
        assert seen.interrupted
        # Whoever is stopped reads no more of what is under way.
        assert 0 <= len(server.log) - seen.requests <= 4


def test_connections_are_kept_between_slices_until_they_are_closed(two: CrewAgent) -> None:
    with synthetic(quick) as server:
        first, again = two.load(load_of(server, **AROUND)), two.load(load_of(server, **AROUND))
        two.close(str(server.port))
        third = two.load(load_of(server, **AROUND))
    assert [each.connections_opened for each in (first, again, third)] == [4, 0, 4]


def test_what_a_worker_cannot_do_is_told_in_one_line(two: CrewAgent) -> None:
    with synthetic(quick) as server:
        wrong = msgspec.structs.replace(load_of(server), base_url="http://no-such-host.invalid")
        with pytest.raises(Problem, match="is not known"):
            two.load(wrong)
        with pytest.raises(Problem, match="measured without workers"):
            two.measure(Yardstick(client="http", base_url="", target="/", users=1, settle_s=0, window_s=1))
        assert two.load(load_of(server, **AROUND)).errors == {}


@pytest.mark.slow
def test_merged_percentiles_of_real_workers_are_those_of_the_pooled_raw_values(tmp_path: Path) -> None:
    files = [tmp_path / f"raw-{number}" for number in range(2)]

    def telling(port: int) -> list[list[str | Path]]:
        return [[PYTHON, "-m", "tests.loadtests.telling_worker", "127.0.0.1", str(port), file] for file in files]

    with others(tmp_path, "127.0.0.1", telling) as (agent, _), synthetic(uneven) as server:
        seen = agent.load(load_of(server, users=8, window_s=2.0, **AROUND))
    raw_us = np.concatenate([np.fromfile(file, dtype=np.int64) for file in files]) / 1_000
    found = histogram.merged([seen.latencies])
    assert all(file.stat().st_size for file in files)
    assert len(raw_us) == histogram.count(found) == seen.window_requests
    for percentile in (50, 95, 99):
        pooled = pooled_percentile(raw_us.tolist(), percentile)
        assert histogram.percentile_us(found, percentile) == pytest.approx(pooled, rel=0.01), percentile
