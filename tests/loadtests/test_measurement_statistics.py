import math
from collections.abc import Sequence

import msgspec
import numpy as np
import pytest

from loadtests.measurement import statistics, verdicts
from loadtests.measurement.plan import Group
from loadtests.measurement.result import Verdict
from loadtests.measurement.statistics import Interval

GROUP = Group(scenario="hello", users=64)
RUNS = 300


def noise(rng: np.random.Generator, lanes: int, rounds: int, correlation: float) -> "np.typing.NDArray[np.float64]":
    """Each lane's noise over rounds: an AR(1) series of variance one."""
    fresh = rng.normal(size=(lanes, rounds))
    series = fresh.copy()
    for number in range(1, rounds):
        series[:, number] = correlation * series[:, number - 1] + math.sqrt(1 - correlation**2) * fresh[:, number]
    return series


def coverage(spreads: Sequence[float], rounds: int, correlation: float) -> tuple[float, float]:
    """Return the share of tables whose intervals all hold the truth, and the share of single intervals that do."""
    rng = np.random.default_rng(20_260_101)
    truth = np.linspace(0, 1, len(spreads))
    tables = intervals = right = 0
    for _ in range(RUNS):
        drift = rng.normal(0, 0.3, rounds)
        series = noise(rng, len(spreads), rounds, correlation)
        figures = {
            str(lane): np.exp(truth[lane] + spreads[lane] * series[lane] + drift) for lane in range(len(spreads))
        }
        found = statistics.compare({lane: [float(value) for value in row] for lane, row in figures.items()})
        holds = [
            (each.low or 0) <= math.exp(truth[int(each.a)] - truth[int(each.b)]) <= (each.high or 0) for each in found
        ]
        tables += all(holds)
        right += sum(holds)
        intervals += len(holds)
    return tables / RUNS, right / intervals


@pytest.mark.parametrize("rounds", [4, 6, 12])
@pytest.mark.parametrize(
    "spreads", [[0.15] * 10, list(np.geomspace(0.03, 0.3, 10)), [0.1, 0.1], [0.05, 0.1, 0.3]], ids=str
)
def test_all_intervals_of_a_table_hold_the_truth_together_in_95_of_100_runs(spreads: list[float], rounds: int) -> None:
    together, _ = coverage(spreads, rounds, 0.0)
    assert together >= 0.93


@pytest.mark.parametrize("rounds", [6, 12])
def test_rounds_that_resemble_their_neighbours_cost_little_coverage(rounds: int) -> None:
    together, single = coverage([0.15] * 10, rounds, 0.4)
    assert together >= 0.87
    assert single >= 0.98


def test_the_estimate_is_the_median_of_the_ratios_within_rounds() -> None:
    found = statistics.compare({"a": [10, 22, 33, 400], "b": [10, 11, 11, 100]})
    assert found[0].ratio == pytest.approx(math.sqrt(2 * 3))
    assert (found[0].low or 0) <= found[0].ratio <= (found[0].high or 0)


def test_a_drift_that_all_lanes_share_does_not_widen_the_interval() -> None:
    wobble = [1.0, 1.01, 0.99, 1.0, 1.005]
    steady = statistics.compare({"a": wobble, "b": [1.0] * 5})[0]
    drift = [1.0, 0.2, 3.0, 0.5, 2.0]
    moved = statistics.compare({"a": [x * d for x, d in zip(wobble, drift, strict=True)], "b": drift})[0]
    assert moved.low == pytest.approx(steady.low or 0)
    assert moved.high == pytest.approx(steady.high or 0)


def test_two_rounds_give_a_ratio_and_no_interval() -> None:
    found = statistics.compare({"a": [2, 2, None], "b": [1, 1, 1]})[0]
    assert found.ratio == pytest.approx(2)
    assert (found.low, found.high, found.rounds) == (None, None, 2)


def test_lanes_without_a_common_round_are_not_compared() -> None:
    assert statistics.compare({"a": [1, None], "b": [None, 1]}) == []


def test_a_zero_is_not_passed_over() -> None:
    with pytest.raises(ValueError, match="math domain"):
        statistics.compare({"a": [0.0, 1.0], "b": [1.0, 1.0]})


def interval(low: float | None, high: float | None) -> Interval:
    return Interval(a="a", b="b", ratio=1.0, low=low, high=high, rounds=5)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (1.03, 1.5, "faster"),
        (0.5, 0.97, "slower"),
        (0.99, 1.01, "equal"),
        (1.01, 1.5, "undecided"),
        (0.9, 1.1, "undecided"),
        (None, None, "undecided"),
    ],
)
def test_a_word_needs_the_whole_interval(low: float | None, high: float | None, expected: str) -> None:
    assert verdicts.word(interval(low, high), more_is_better=True) == expected


def test_less_cpu_is_faster() -> None:
    assert verdicts.word(interval(0.5, 0.9), more_is_better=False) == "faster"
    assert verdicts.word(interval(1.1, 1.9), more_is_better=False) == "slower"


def verdict(a: str, b: str, word: str) -> Verdict:
    return Verdict(
        a=a, b=b, scenario="hello", users=64, metric="qps", ratio=1, low=None, high=None, verdict=word, rounds=5
    )


def test_a_rank_counts_the_lanes_that_are_surely_faster() -> None:
    found = [verdict("a", "b", "undecided"), verdict("a", "c", "faster"), verdict("c", "b", "slower")]
    assert verdicts.ranks(["a", "b", "c"], found) == {"a": 1, "b": 1, "c": 3}


def test_ranks_are_by_throughput_alone() -> None:
    cheaper = msgspec.structs.replace(verdict("a", "b", "faster"), metric="cpu_us_per_request")
    assert verdicts.ranks(["a", "b"], [cheaper]) == {"a": 1, "b": 1}


def test_a_lane_twice_as_fast_is_told_apart_and_two_equal_ones_are_not() -> None:
    rng = np.random.default_rng(3)
    rows = {lane: list(np.exp(rng.normal(level, 0.05, 8))) for lane, level in (("a", 0.7), ("b", 0.0), ("c", 0.0))}
    found = verdicts.judge(GROUP, verdicts.PER_ROUND[0], rows)
    words = {(each.a, each.b): each.verdict for each in found}
    assert words == {("a", "b"): "faster", ("a", "c"): "faster", ("b", "c"): "undecided"}
    assert verdicts.ranks(["a", "b", "c"], found) == {"a": 1, "b": 2, "c": 2}
