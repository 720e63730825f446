"""The pieces of a UI's test, joined over time and over workers: nothing is lost, and nothing is averaged."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from loadtests.load.histogram import encode
from loadtests.measurement import histogram
from loadtests.messages import Slice
from loadtests.web.joined import Joined, abreast
from loadtests.web.messages import Piece

S_NS = 1_000_000_000


def seen(times_us: "np.typing.NDArray[np.int64]", *, seconds: float = 1.0, errors: int = 0) -> Slice:
    length_ns = int(seconds * S_NS)
    return Slice(
        started_ns=S_NS, window_start_ns=S_NS, window_end_ns=S_NS + length_ns, ended_ns=S_NS + length_ns,
        window_requests=len(times_us) + errors, window_errors={"reset": errors} if errors else {},
        window_thirds=(0, 0, 0), requests=len(times_us) + errors, errors={"reset": errors} if errors else {},
        concurrency=float(times_us.sum()) / 1e6 / seconds, rt_mean_us=float(times_us.mean()),
        rt_max_us=float(times_us.max()), rt_mean_all_us=float(times_us.mean()), latencies=encode(times_us * 1000),
        failed_latencies=encode(np.array([], dtype=np.int64)), cpu_ns=length_ns // 2, send_lag_mean_us=1.0,
        send_lag_max_us=2.0, connections_opened=1, bytes_received=10,
    )  # fmt: skip


def drawn(seed: int, count: int, middle_us: float) -> "np.typing.NDArray[np.int64]":
    return np.random.default_rng(seed).lognormal(np.log(middle_us), 1.0, count).astype(np.int64) + 1


def joined(*pieces: Piece) -> Slice:
    whole = Joined()
    for piece in pieces:
        whole.add(piece)
    return whole.slice


@pytest.mark.parametrize("percentile", [50, 95, 99, 99.9])
def test_percentiles_over_time_and_over_workers_are_those_of_all_values_pooled(percentile: float) -> None:
    # Workers that differ by a factor of ten: a mean of their percentiles would be far off.
    values = {name: [drawn(seed, 4000, middle) for seed in range(3)] for name, middle in (("a", 900), ("b", 9000))}
    slices = {
        name: joined(*(Piece(seen=seen(each), level=1, inside=True, beside=0) for each in every))
        for name, every in values.items()
    }
    merged = abreast(slices, users=8)
    pooled = np.sort(np.concatenate([each for every in values.values() for each in every]))
    exact = pooled[round(percentile * len(pooled) / 100) - 1]
    found = histogram.percentile_us(histogram.merged([merged.latencies]), percentile)
    assert found == pytest.approx(exact, rel=0.001)
    assert histogram.count(histogram.merged([merged.latencies])) == len(pooled)
    assert merged.rt_max_us == pooled.max()
    assert merged.rt_mean_us == pytest.approx(pooled.mean())


def test_rates_of_workers_are_added_whatever_the_lengths_of_their_windows() -> None:
    times = drawn(1, 1000, 500)
    short = joined(Piece(seen=seen(times, seconds=1), level=1, inside=True, beside=0))
    long = joined(*(Piece(seen=seen(times, seconds=1), level=1, inside=True, beside=0) for _ in range(3)))
    merged = abreast({"short": short, "long": long}, users=2)
    assert merged.window_requests / (merged.window_end_ns - merged.window_start_ns) * S_NS == pytest.approx(2000)


def watched(own_s: float, pieces: int = 8, ahead_ns: int = 0) -> Joined:
    """What a worker saw that hands over a piece each second, of which its own clock says that it took so long."""
    whole = Joined()
    for number in range(pieces):
        came_ns = 3_600 * S_NS + ahead_ns + number * S_NS
        whole.add(Piece(seen=seen(drawn(1, 10, 500), seconds=own_s), level=1, inside=True, beside=0, came_ns=came_ns))
    return whole


@pytest.mark.parametrize(("own_s", "trusted"), [(1.0, True), (0.97, True), (0.5, False), (1.5, False)])
def test_a_worker_whose_clock_runs_at_another_pace_is_not_believed(own_s: float, *, trusted: bool) -> None:
    every = {"right": watched(1.0), "doubted": watched(own_s, ahead_ns=S_NS // 10)}
    windows = {name: each.watched_ns for name, each in every.items()}
    merged = abreast({name: each.slice for name, each in every.items()}, 8, windows)
    assert (merged.untrusted is None) == trusted
    assert trusted or "doubted says that its slice took" in str(merged.untrusted)
    assert (abreast({"doubted": every["doubted"].slice}, 8, windows).untrusted is None) == trusted


def test_of_a_moment_no_clock_is_judged() -> None:
    brief = watched(0.5, pieces=3)
    assert abreast({"brief": brief.slice}, 8, {"brief": brief.watched_ns}).untrusted is None


def test_only_the_time_with_all_users_is_the_window_and_everything_is_the_slice() -> None:
    few, many, more = (drawn(seed, count, 500) for seed, count in ((1, 100), (2, 200), (3, 300)))
    whole = joined(
        Piece(seen=seen(few), level=1, inside=False, beside=0),
        Piece(seen=seen(many, errors=5), level=1, inside=True, beside=2),
        Piece(seen=seen(few), level=1, inside=False, beside=2, last=True),
    )
    assert (whole.window_requests, whole.window_errors) == (205, {"reset": 5})
    assert (whole.requests, whole.errors) == (405, {"reset": 5})
    assert whole.window_end_ns - whole.window_start_ns == S_NS
    assert (whole.cpu_ns, whole.ended_ns - whole.started_ns) == (S_NS // 2, S_NS), "of the window alone"
    # Another number of users is another test: its window begins anew.
    again = joined(
        Piece(seen=seen(many), level=1, inside=True, beside=0),
        Piece(seen=seen(few), level=2, inside=False, beside=0),
        Piece(seen=seen(more), level=2, inside=True, beside=0),
    )
    assert again.window_requests == 300
    assert again.requests == 600


def test_as_soon_as_other_users_are_asked_for_the_window_is_gone() -> None:
    process = Joined()
    process.add(Piece(seen=seen(drawn(1, 100, 500)), level=1, inside=True, beside=0))
    assert process.tells
    process.add(Piece(seen=seen(drawn(2, 100, 500)), level=2, inside=False, beside=0))
    assert not process.tells
    assert process.slice.window_requests == 0
    process.add(Piece(seen=seen(drawn(3, 100, 500), seconds=0.5), level=2, inside=True, beside=0))
    assert not process.tells, "of half a second nothing can be said"


def test_a_test_of_nothing_has_no_figures() -> None:
    assert joined().window_end_ns == 0
    assert abreast({}, users=1).requests == 0


# Importing Locust patches the interpreter, so this runs in one of its own.
LOCUSTS_OWN = """
import json, sys
import msgpack, numpy
import loadtests.locustfile
from locust.stats import RequestStats, StatsEntry

pooled, master = [], RequestStats()
for seed, middle_ms in ((1, 0.9), (2, 90.0)):
    worker = RequestStats(use_response_times_cache=False)
    times_ms = numpy.random.default_rng(seed).lognormal(numpy.log(middle_ms), 1.0, 4000).tolist()
    for each in times_ms:
        worker.log_request("GET", "hello", each, 1)
    pooled += times_ms
    sent = msgpack.loads(msgpack.dumps(worker.total.get_stripped_report()), strict_map_key=False)
    master.total.extend(StatsEntry.unserialize(sent, master))
print(json.dumps({share: [master.total.get_response_time_percentile(share), float(numpy.quantile(pooled, share))]
                  for share in (0.5, 0.9, 0.95, 0.99)}))
"""


def test_locusts_own_percentiles_over_workers_are_those_of_all_values_pooled_within_one_percent() -> None:
    command = [sys.executable, "-c", LOCUSTS_OWN]
    ended = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True)
    for merged, exact in json.loads(ended.stdout).values():
        assert merged == pytest.approx(exact, rel=0.01)
        assert merged == float(f"{merged:.3g}")
