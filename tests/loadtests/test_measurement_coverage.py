"""Intervals hold the truth as often as they say, and equal lanes are seldom told apart, on noise like real slices'."""

import math

import numpy as np
import pytest

from loadtests.measurement import statistics
from tests.loadtests.coverage import (
    CORES,
    EXPERIMENTS,
    MARGIN,
    REJECTED,
    Cores,
    block_bootstrap,
    bootstrap,
    covered,
    paced,
    rejected,
    student,
)
from tests.loadtests.noise import HARSHER, HARSHEST, MILD, REAL, Noise

SOME = 200
# Lanes and rounds that matter: duets, a comparison of three lanes, a few rounds of ten.
SIZES = [(2, 20), (2, 40), (2, 60), (3, 60), (3, 120), (3, 200), (10, 6), (10, 8), (10, 10)]


def chance(share: float, experiments: int) -> float:
    """Return by how much a share may be off in so many experiments: three standard errors."""
    return 3 * math.sqrt(share * (1 - share) / experiments)


@pytest.mark.parametrize(("lanes", "rounds"), [(2, 30), (3, 60), (10, 8)])
def test_some_experiments_hold_the_truth_and_tell_no_equal_lanes_apart(lanes: int, rounds: int) -> None:
    found = covered(REAL, lanes, rounds, SOME)
    assert 0.93 - chance(0.93, SOME) <= found.together <= 0.97 + chance(0.97, SOME)
    assert found.wrong <= 0.05 + chance(0.05, SOME)


@pytest.mark.slow
@pytest.mark.parametrize(("lanes", "rounds"), SIZES)
def test_two_thousand_experiments_hold_the_truth_in_93_to_97_of_100(lanes: int, rounds: int) -> None:
    found = covered(REAL, lanes, rounds, EXPERIMENTS)
    assert 0.93 <= found.together <= 0.97
    assert found.wrong <= 0.05


@pytest.mark.slow
@pytest.mark.parametrize("noise", [MILD, HARSHER], ids=lambda noise: noise.name)
@pytest.mark.parametrize(("lanes", "rounds"), [(2, 40), (3, 60), (10, 8)])
def test_so_they_do_in_milder_and_in_harsher_noise_with_rounds_enough(noise: Noise, lanes: int, rounds: int) -> None:
    assert 0.93 <= covered(noise, lanes, rounds, EXPERIMENTS).together <= 0.97


@pytest.mark.slow
def test_so_they_do_in_the_harshest_noise_with_sixty_rounds() -> None:
    assert 0.93 <= covered(HARSHEST, 2, 60, EXPERIMENTS).together <= 0.97


@pytest.mark.slow
@pytest.mark.parametrize("cores", CORES.values(), ids=list(CORES))
@pytest.mark.parametrize(("lanes", "rounds"), [(3, 60), (10, 4)])
def test_so_they_do_with_the_pace_held_out(lanes: int, rounds: int, cores: Cores) -> None:
    found, plain = paced(REAL, lanes, rounds, EXPERIMENTS, cores)
    assert found.together >= 0.93
    assert found.wrong <= 0.05
    assert found.half < plain.half


def test_intervals_with_the_pace_held_out_are_sharper() -> None:
    found, plain = paced(REAL, 10, 8, SOME, Cores())
    assert found.half < 0.75 * plain.half
    assert found.together >= 0.93 - chance(0.93, SOME)


@pytest.mark.parametrize(
    "truth",
    [np.array([0.0, math.log1p(MARGIN)] * 3), np.array([0.0, 0.5] * 3), np.arange(6) / 3],
    ids=["on the margin", "far apart", "a ladder"],
)
def test_later_steps_of_a_table_decide_no_more_wrongly_than_the_first(truth: "np.typing.NDArray[np.float64]") -> None:
    found = covered(REAL, 6, 10, SOME, truth)
    assert found.wrong <= 0.05 + chance(0.05, SOME)
    assert found.together >= 0.93 - chance(0.93, SOME)


@pytest.mark.parametrize("rounds", [4, 12])
@pytest.mark.parametrize(
    "spreads", [[0.15] * 10, list(np.geomspace(0.03, 0.3, 10)), [0.1, 0.1], [0.05, 0.1, 0.3]], ids=str
)
def test_lanes_that_are_equally_noisy_and_very_unequally_are_covered_too(spreads: list[float], rounds: int) -> None:
    rng = np.random.default_rng(7)
    runs = np.exp(rng.normal(size=(SOME, len(spreads), rounds)) * np.array(spreads)[:, None])
    tables = [statistics.compare({str(lane): row.tolist() for lane, row in enumerate(run)}) for run in runs]
    held = [all((each.low or 0) <= 1 <= (each.high or 0) for each in table) for table in tables]
    assert sum(held) / SOME >= 0.93 - chance(0.93, SOME)


def test_the_methods_that_were_rejected_fail_where_rounds_resemble_their_neighbours() -> None:
    assert rejected(student, HARSHEST, 40, SOME).together < 0.9
    assert rejected(bootstrap, HARSHEST, 40, 100).together < 0.9
    assert rejected(block_bootstrap, HARSHEST, 8, 100).together < 0.9
    assert set(REJECTED.values()) >= {student, bootstrap, block_bootstrap}
