"""The interval of a duet holds where the truth is known, and its plan spends the time where it is worth most."""

import math

import numpy as np
import pytest

from loadtests.duet.plan import expected_half_width, make_plan
from loadtests.duet.statistics import ratio, starts_needed
from loadtests.measurement.plan import Timing
from loadtests.measurement.verdicts import MARGIN

EXPERIMENTS = 2_000
WINDOW = Timing(settle_s=0.1, window_s=0.5, drain_s=0.0, timeout_s=10.0)


def simulated(draw: np.random.Generator, *, starts: int, windows: int, truth: float) -> tuple[list[list[float]], ...]:
    """Two sides whose pairs differ by chance, and whose windows are heavy-tailed and resemble their neighbours."""
    between = 0.01 * draw.standard_t(4, size=(starts, 1))
    noise = 0.03 * draw.standard_t(3, size=(starts, windows))
    for place in range(1, windows):
        noise[:, place] = 0.5 * noise[:, place - 1] + math.sqrt(0.75) * noise[:, place]
    # What the machine does to both at once is much more than either.
    common = np.exp(draw.normal(5, 0.3, size=(starts, windows)))
    return (common * truth * np.exp(between + noise)).tolist(), common.tolist()


@pytest.mark.parametrize(("starts", "windows"), [(3, 2), (5, 6), (10, 4)])
def test_the_interval_holds_the_truth_in_95_of_100_duets(starts: int, windows: int) -> None:
    draw = np.random.default_rng(7)
    held = 0
    for _ in range(EXPERIMENTS):
        found = ratio(*simulated(draw, starts=starts, windows=windows, truth=1.05))
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 1.05 <= found.high
    assert 0.93 <= held / EXPERIMENTS <= 0.97


def test_windows_of_one_pair_are_no_independent_witnesses() -> None:
    """Ten times the windows, all of them of pairs that differ: no narrower than what the pairs allow."""
    pairs = (1.00, 1.02, 1.04, 1.06)
    found = ratio([[pair] * 100 for pair in pairs], [[1.0] * 100 for _ in pairs])
    assert found is not None
    assert found.within == pytest.approx(0)
    assert (found.half_width or 0) > 0.03


def test_two_pairs_have_a_ratio_and_no_interval() -> None:
    found = ratio([[1.1], [1.1]], [[1.0], [1.0]])
    assert found is not None
    assert found.ratio == pytest.approx(1.1)
    assert (found.low, found.half_width) == (None, None)


def test_windows_that_count_for_nothing_are_left_out_on_both_sides() -> None:
    found = ratio([[2.0, None, 9.0], [2.0], [2.0]], [[1.0, 5.0, None], [1.0], [1.0]])
    assert found is not None
    assert found.ratio == pytest.approx(2.0)
    assert found.starts == 3
    assert ratio([[None]], [[1.0]]) is None


def test_one_window_in_which_the_machine_stood_still_moves_little() -> None:
    calm = [[1.0] * 5 for _ in range(5)]
    shaken = [[1.0] * 5, [1.0, 1.0, 8.0, 1.0, 1.0], *([1.0] * 5 for _ in range(3))]
    found = ratio(shaken, calm)
    assert found is not None
    assert found.ratio == pytest.approx(1.0)


def test_the_starts_that_it_would_take_decide_it() -> None:
    draw = np.random.default_rng(3)
    found = ratio(*simulated(draw, starts=6, windows=4, truth=1.05))
    assert found is not None
    needed = starts_needed(found, MARGIN)
    assert needed is not None
    assert needed >= 3


def test_a_plan_fits_the_time_and_beats_its_neighbours() -> None:
    plan = make_plan(WINDOW, users=16, left_s=45.0, start_s=1.5)
    assert plan.expected_s <= 45.0
    assert plan.starts >= 3
    chosen = expected_half_width(plan.starts, plan.windows)
    fewer = make_plan(WINDOW, users=16, left_s=22.0, start_s=1.5)
    assert chosen < expected_half_width(fewer.starts, fewer.windows)


def test_dear_starts_are_fewer() -> None:
    cheap = make_plan(WINDOW, users=16, left_s=45.0, start_s=1.0)
    dear = make_plan(WINDOW, users=16, left_s=45.0, start_s=6.0)
    assert dear.starts < cheap.starts
    assert dear.windows > cheap.windows


def test_each_window_belongs_to_one_start() -> None:
    plan = make_plan(WINDOW, users=16, left_s=45.0, start_s=1.5)
    numbers = [number for start in range(1, plan.starts + 1) for number in plan.numbers(start)]
    assert numbers == list(range(1, plan.total + 1))


def test_too_little_time_gives_the_least_that_has_an_interval() -> None:
    plan = make_plan(WINDOW, users=16, left_s=4.0, start_s=1.5)
    assert (plan.starts, plan.windows) == (3, 2)
    assert plan.expected_s > 4.0
