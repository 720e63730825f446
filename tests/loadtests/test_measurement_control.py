"""The hidden control seldom fails an honest run, and shows what a run cannot tell."""

import math

import numpy as np
import pytest

from loadtests.measurement.control import judge_controls
from loadtests.measurement.result import Control
from tests.loadtests.coverage import CONTROLS, twins
from tests.loadtests.noise import REAL, Numbers, draw


def failed(found: list[Control]) -> bool:
    return any(each.agrees is False for each in found)


def runs(count: int, rounds: int, lanes: int = 4) -> Numbers:
    """Return runs of twelve controls each: runs × controls × lanes × rounds."""
    return draw(REAL, 6, experiments=count * CONTROLS, lanes=lanes, rounds=rounds).reshape(
        count, CONTROLS, lanes, rounds
    )


@pytest.mark.parametrize("rounds", [3, 8, 60])
def test_at_most_one_honest_run_in_twenty_fails(rounds: int) -> None:
    alarms = sum(failed(judge_controls([twins(each) for each in run])) for run in runs(40, rounds))
    # Two of forty are allowed; chance may add four more.
    assert alarms <= 6


def test_a_bias_of_a_fifth_in_one_control_of_twelve_is_caught_where_there_are_rounds_enough() -> None:
    caught = [
        judge_controls([twins(each, 0.2 if number == 5 else 0.0) for number, each in enumerate(run)])[5].agrees
        for run in runs(40, 40)
    ]
    assert caught.count(False) >= 30


def test_two_processes_may_differ_by_what_memory_layout_does() -> None:
    exact = np.zeros((2, 50)) + np.random.default_rng(2).normal(0, 0.001, (2, 50))
    (slight,) = judge_controls([twins(exact, 0.015)])
    assert slight.high is not None
    assert slight.high < 1
    assert slight.agrees is True
    (large,) = judge_controls([twins(exact, 0.03)])
    assert large.agrees is False


def test_the_resolution_is_the_half_width_of_the_plain_interval_and_the_trusted_one_is_wider() -> None:
    found = judge_controls([twins(each) for each in runs(1, 20)[0]])
    for each in found:
        assert each.low is not None
        assert each.high is not None
        assert each.half_width is not None
        assert math.log1p(each.half_width) < math.log(each.high / each.low) / 2
    alone = judge_controls([twins(runs(1, 20)[0][0])])[0]
    assert alone.half_width == pytest.approx(found[0].half_width)
    assert (alone.high or 0) < (found[0].high or 0)


def test_the_other_lanes_steady_the_resolution() -> None:
    every = runs(10, 6, lanes=10).reshape(-1, 10, 6)
    with_others = [judge_controls([twins(run)])[0].half_width or 0 for run in every]
    without = [judge_controls([twins(run[:2])])[0].half_width or 0 for run in every]
    assert np.std(np.log(with_others)) < 0.7 * np.std(np.log(without))


def test_a_control_with_too_few_rounds_says_nothing() -> None:
    (found,) = judge_controls([twins(np.zeros((2, 2)))])
    assert (found.ratio, found.low, found.half_width, found.agrees, found.rounds) == (1.0, None, None, None, 2)
    (none,) = judge_controls([twins(np.zeros((2, 0)))])
    assert (none.ratio, none.agrees, none.rounds) == (None, None, 0)
