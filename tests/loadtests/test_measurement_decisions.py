"""Verdicts by Holm's steps: more than the intervals alone decide, and never against them."""

import math

import msgspec
import numpy as np
import pytest
from scipy import stats

from loadtests.measurement import statistics, verdicts
from loadtests.measurement.decisions import decide
from loadtests.measurement.group import Group
from loadtests.measurement.simultaneous import level, sidak
from loadtests.measurement.statistics import Interval
from tests.loadtests.noise import REAL, draw

GROUP = Group(scenario="hello", users=64)
QPS, CPU = verdicts.PER_ROUND


def pair(centre: float, error: float, *, b: str = "b", lanes: int = 2, rounds: int = 1_000) -> Interval:
    """An interval so well known that Student's quantile is the normal one."""
    share = level(lanes, lanes * (lanes - 1) // 2)
    half = {2: 1.95996, 3: 2.34371, 10: 3.16368}[lanes] * error
    return Interval(
        a="a",
        b=b,
        ratio=math.exp(centre),
        low=math.exp(centre - half),
        high=math.exp(centre + half),
        rounds=rounds,
        centre=centre,
        error=error,
        freedom=1e6,
        level=share,
    )


def test_three_lanes_share_the_risk_as_tukey_says() -> None:
    assert level(2, 1) == pytest.approx(0.05)
    assert level(3, 3) == pytest.approx(0.01909, rel=1e-3)
    assert level(10, 45) == pytest.approx(0.001558, rel=1e-3)


@pytest.mark.parametrize("lanes", [3, 5, 10, 30])
def test_the_level_is_that_of_the_library(lanes: int) -> None:
    widest = stats.studentized_range.ppf(0.95, lanes, math.inf) / math.sqrt(2)
    assert level(lanes, lanes * (lanes - 1) // 2) == pytest.approx(2 * stats.norm.sf(widest), rel=1e-6)


def test_two_pairs_of_many_lanes_share_it_as_sidak_says() -> None:
    assert level(10, 2) == pytest.approx(sidak(2)) == pytest.approx(0.02532, rel=1e-3)


def test_once_the_clear_pairs_are_decided_a_less_clear_one_is_too_and_its_interval_ends_at_the_margin() -> None:
    clear, less = pair(1.0, 0.01, lanes=3), pair(0.0198 + 2.1 * 0.05, 0.05, b="c", lanes=3)
    alone = decide([less, pair(0.0, 0.2, lanes=3), pair(0.0, 0.2, b="d", lanes=3)], 0.02)[0]
    assert (alone.finding, alone.interval) == ("open", less)
    after = decide([less, clear, pair(-1.0, 0.01, b="d", lanes=3)], 0.02)
    assert [each.finding for each in after] == ["above", "above", "below"]
    assert after[0].interval.low == pytest.approx(1.02)
    assert after[0].interval.high == less.high
    assert after[1].interval == clear


def test_equal_by_a_later_step_has_an_interval_within_the_margin() -> None:
    tight = pair(0.0, 0.0095, lanes=3)
    assert (tight.high or 0) > 1.02
    found = decide([tight, pair(1.0, 0.01, b="c", lanes=3), pair(1.0, 0.01, b="d", lanes=3)], 0.02)[0]
    assert found.finding == "alike"
    assert found.interval.low == pytest.approx(1 / 1.02)
    assert found.interval.high == pytest.approx(1.02)


def test_a_median_on_the_wrong_side_of_the_margin_keeps_a_pair_open() -> None:
    skewed = msgspec.structs.replace(pair(0.2, 0.01), ratio=1.0, low=1.0)
    assert decide([skewed], 0.02)[0].finding == "open"


@pytest.mark.parametrize("margin", [0.02, 0.15])
@pytest.mark.parametrize("rounds", [3, 6, 40])
def test_no_interval_contradicts_its_word_and_none_that_decides_is_passed_over(margin: float, rounds: int) -> None:
    runs = np.exp(draw(REAL, 3, experiments=60, lanes=6, rounds=rounds) + np.linspace(0, 0.6, 6)[:, None])
    said = set()
    for run in runs:
        values = {str(lane): row.tolist() for lane, row in enumerate(run)}
        plain = statistics.compare(values)
        for metric in (QPS, CPU):
            found = verdicts.judge(GROUP, metric, values, margin=margin)
            for verdict, interval in zip(found, plain, strict=True):
                shown = msgspec.structs.replace(interval, low=verdict.low, high=verdict.high)
                assert verdicts.word(shown, more_is_better=metric.more_is_better, margin=margin) == verdict.verdict
                alone = verdicts.word(interval, more_is_better=metric.more_is_better, margin=margin)
                assert alone in {verdict.verdict, "undecided"}
                assert (interval.low or 0) <= (verdict.low or 0) <= (verdict.ratio or 0) <= (verdict.high or 0)
                said.add(verdict.verdict)
    assert "undecided" in said


def test_without_rounds_enough_nothing_is_decided() -> None:
    (found,) = verdicts.judge(GROUP, QPS, {"a": [5.0, 5.0], "b": [1.0, 1.0]})
    assert (found.verdict, found.low, found.rounds, found.rounds_needed) == ("undecided", None, 2, None)


def test_the_rounds_needed_bring_the_half_width_down_to_the_distance_from_the_margin() -> None:
    (found,) = decide([pair(math.log(1.1), 0.06, rounds=100)], 0.02)
    room = math.log(1.1) - math.log(1.02)
    assert found.rounds_needed == math.ceil(100 * (1.95996 * 0.06 / room) ** 2)


def test_within_the_margin_they_are_the_rounds_until_equal() -> None:
    (found,) = decide([pair(math.log(1.005), 0.06, rounds=100)], 0.02)
    room = math.log(1.02) - math.log(1.005)
    assert found.rounds_needed == math.ceil(100 * (1.95996 * 0.06 / room) ** 2)


def test_a_ratio_on_the_margin_has_no_number_of_rounds() -> None:
    assert decide([pair(math.log(1.02) + 1e-6, 0.06)], 0.02)[0].rounds_needed is None


def test_a_ratio_between_what_is_equal_and_a_coarse_margin_has_none_either() -> None:
    assert decide([pair(math.log(1.15), 0.2)], 0.3)[0].rounds_needed is None


def test_runs_of_the_rounds_needed_decide_about_every_second_time() -> None:
    rng = np.random.default_rng(4)
    (first,) = verdicts.judge(GROUP, QPS, {"a": list(np.exp(rng.normal(0.06, 0.1, 20))), "b": [1.0] * 20})
    assert first.verdict == "undecided"
    assert first.rounds_needed is not None
    more = rng.normal(math.log(first.ratio or 1), 0.1, (200, first.rounds_needed))
    again = [verdicts.judge(GROUP, QPS, {"a": list(np.exp(row)), "b": [1.0] * len(row)})[0] for row in more]
    assert 60 <= [each.verdict for each in again].count("faster") <= 180


def test_rounds_that_were_pooled_in_blocks_are_counted_as_rounds() -> None:
    rng = np.random.default_rng(1)
    values = {"a": list(np.exp(rng.normal(0.2, 0.3, 5))), "b": [1.0] * 5}
    (per_round,) = verdicts.judge(GROUP, QPS, values)
    (per_block,) = verdicts.judge(GROUP, QPS, values, rounds_each=4)
    assert per_round.rounds_needed is not None
    assert per_block.rounds_needed == 4 * per_round.rounds_needed
