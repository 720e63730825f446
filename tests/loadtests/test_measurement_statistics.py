import itertools
import math

import msgspec
import numpy as np
import pytest

from loadtests.measurement import statistics, verdicts
from loadtests.measurement.group import Group
from loadtests.measurement.statistics import Interval
from loadtests.measurement.verdict import Verdict

GROUP = Group(scenario="hello", users=64)


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


def test_only_the_wanted_pairs_are_compared_and_share_the_risk() -> None:
    rng = np.random.default_rng(8)
    rows = {lane: list(np.exp(rng.normal(0, 0.1, 30))) for lane in "abcdef"}
    every = {(each.a, each.b): each for each in statistics.compare(rows)}
    wanted = statistics.compare(rows, [("a", "b"), ("f", "e")])
    assert [(each.a, each.b) for each in wanted] == [("a", "b"), ("f", "e")]
    assert wanted[0].ratio == every["a", "b"].ratio
    assert wanted[1].ratio == pytest.approx(1 / every["e", "f"].ratio)
    assert wanted[0].level > every["a", "b"].level


def test_a_pair_without_interval_still_shares_the_table() -> None:
    found = statistics.compare({"a": [2, 2, 2, 2.1], "b": [1, 1, 1, 1.1], "c": [None, None, 3, 3.1]})
    assert [(each.rounds, each.low is None) for each in found] == [(4, False), (2, True), (2, True)]


def test_rounds_that_some_lanes_missed_keep_their_pairs_apart() -> None:
    rng = np.random.default_rng(11)
    rows: dict[str, list[float | None]] = {lane: list(np.exp(rng.normal(0, 0.1, 12))) for lane in "abcd"}
    rows["b"][3] = rows["b"][7] = None
    found = {(each.a, each.b): each for each in statistics.compare(rows)}
    assert found["a", "b"].rounds == 10
    assert found["a", "c"].rounds == 12
    kept = [math.log((x or 0) / (y or 1)) for x, y in zip(rows["a"], rows["b"], strict=True) if y is not None]
    assert found["a", "b"].ratio == pytest.approx(math.exp(float(np.median(kept))))
    assert found["a", "b"].centre == pytest.approx(np.mean(sorted(kept)[1:-1]))


def test_one_stalled_round_of_many_widens_the_interval_a_little() -> None:
    rng = np.random.default_rng(9)
    noise = rng.normal(0, 0.05, 40)
    calm = statistics.compare({"a": list(np.exp(noise)), "b": [1.0] * 40})[0]
    noise[17] = -3.0
    stalled = statistics.compare({"a": list(np.exp(noise)), "b": [1.0] * 40})[0]
    assert (stalled.error or 0) < 1.3 * (calm.error or 0)


def test_rounds_that_resemble_their_neighbours_widen_the_interval() -> None:
    rng = np.random.default_rng(10)
    steps = np.repeat(rng.normal(0, 0.05, 10), 6)
    alike = statistics.compare({"a": list(np.exp(steps)), "b": [1.0] * 60})[0]
    mixed = statistics.compare({"a": list(np.exp(rng.permutation(steps))), "b": [1.0] * 60})[0]
    assert (alike.error or 0) > 1.4 * (mixed.error or 0)


def test_the_order_of_lanes_turns_a_ratio_round_and_changes_nothing_else() -> None:
    rng = np.random.default_rng(12)
    rows = {lane: list(np.exp(rng.normal(0, 0.1, 9))) for lane in "abcd"}
    forward = {(each.a, each.b): each for each in statistics.compare(rows)}
    for each in statistics.compare(dict(reversed(rows.items()))):
        other = forward[each.b, each.a]
        assert each.ratio == pytest.approx(1 / other.ratio)
        assert (each.low, each.high) == pytest.approx((1 / (other.high or 0), 1 / (other.low or 0)))


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


@pytest.mark.parametrize(("low", "high", "expected"), [(0.9, 1.25, "undecided"), (1.13, 1.6, "faster")])
def test_a_coarse_run_needs_a_larger_difference(low: float, high: float, expected: str) -> None:
    assert verdicts.word(interval(low, high), more_is_better=True, margin=0.12) == expected


def test_lanes_that_may_differ_by_more_than_a_tenth_are_not_equal_however_coarse_the_run() -> None:
    assert verdicts.word(interval(0.95, 1.05), more_is_better=True, margin=0.3) == "equal"
    assert verdicts.word(interval(0.88, 1.2), more_is_better=True, margin=0.3) == "undecided"


def test_the_margin_is_the_resolution_of_the_run_and_two_percent_at_least() -> None:
    assert [verdicts.margin(each) for each in (None, 0.004, 0.07)] == [0.02, 0.02, 0.07]


def verdict(a: str, b: str, word: str) -> Verdict:
    return Verdict(
        a=a, b=b, scenario="hello", users=64, metric="qps", ratio=1, low=None, high=None, verdict=word, rounds=5
    )


def test_lanes_that_were_not_told_apart_share_a_rank() -> None:
    found = [verdict("a", "b", "undecided"), verdict("a", "c", "faster"), verdict("c", "b", "slower")]
    assert verdicts.ranks(["c", "a", "b"], found) == {"a": 1, "b": 1, "c": 3}


def test_a_lane_that_is_told_apart_from_neither_of_two_others_links_them() -> None:
    found = [verdict("a", "b", "undecided"), verdict("a", "c", "faster"), verdict("c", "b", "undecided")]
    assert verdicts.ranks(["a", "b", "c"], found) == {"a": 1, "b": 1, "c": 1}


def test_lanes_of_which_some_were_never_compared_have_no_ranks() -> None:
    found = [verdict("a", "b", "faster"), verdict("c", "b", "undecided")]
    assert not verdicts.all_compared(["a", "b", "c"], found)
    assert verdicts.all_compared(["a", "b"], found)
    assert verdicts.all_compared(["a"], [])


def test_ranks_of_random_tables_share_what_is_open_and_keep_the_order_of_what_is_not() -> None:
    rng = np.random.default_rng(5)
    for _ in range(200):
        lanes = list("abcdef")
        found = [
            verdict(a, b, str(rng.choice(["faster", "slower", "undecided"], p=[0.7, 0.15, 0.15])))
            for a, b in itertools.combinations(lanes, 2)
        ]
        ranks = verdicts.ranks(lanes, found)
        for each in found:
            if each.verdict == "undecided":
                assert ranks[each.a] == ranks[each.b]
            if ranks[each.a] != ranks[each.b]:
                assert (each.verdict == "faster") == (ranks[each.a] < ranks[each.b])


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
