"""The universal scalability law, fitted to curves whose law is known."""

from collections.abc import Sequence

import numpy as np
import pytest

from backing.problem import Problem
from loadtests.measurement.curve import Estimate
from loadtests.measurement.levels import levels
from loadtests.measurement.result import Cell, Detail, ResponseTime, Summary
from loadtests.measurement.usl import LEAST_LEVELS, curves, fit, law

USERS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
LAM, SIGMA, KAPPA = 20.0, 0.02, 0.0001


def measured(kappa: float, seed: int, *, noise: float = 0.03, rounds: int = 5) -> list[list[float]]:
    generator = np.random.default_rng(seed)
    served = law(np.array(USERS, dtype=float), LAM, SIGMA, kappa)
    return [list(qps * np.exp(generator.normal(0, noise, rounds))) for qps in served]


def holds(estimate: Estimate, truth: float) -> bool:
    return estimate.low <= truth <= estimate.high


def test_the_fit_finds_a_law_that_is_exact() -> None:
    found = fit(USERS, measured(KAPPA, 1, noise=1e-6), seed=1)
    assert found.lam.value == pytest.approx(LAM, rel=1e-3)
    assert found.sigma.value == pytest.approx(SIGMA, rel=1e-2)
    assert found.kappa.value == pytest.approx(KAPPA, rel=1e-2)
    assert found.misfit < 1e-3


def test_the_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    tried = 40
    held = [0, 0, 0]
    for seed in range(tried):
        found = fit(USERS, measured(KAPPA, seed), seed=seed)
        pairs = ((found.lam, LAM), (found.sigma, SIGMA), (found.kappa, KAPPA))
        held = [count + holds(estimate, truth) for count, (estimate, truth) in zip(held, pairs, strict=True)]
    assert min(held) >= 0.85 * tried


def test_a_peak_is_named_only_where_the_curve_surely_turns_down_within_what_was_measured() -> None:
    peak = fit(USERS, measured(KAPPA, 1), seed=1).peak_users
    assert peak is not None
    assert holds(peak, np.sqrt((1 - SIGMA) / KAPPA))
    assert fit(USERS, measured(0.0, 1), seed=1).peak_users is None
    assert fit(USERS, measured(KAPPA / 100, 1), seed=1).peak_users is None


def test_a_curve_that_only_goes_flat_has_no_peak() -> None:
    flat = [[20.0 * users / (1 + users / 60)] * 4 for users in USERS[:-2]]
    assert fit(USERS[:-2], flat, seed=1).peak_users is None
    corner = [[20.0 * min(users, 100)] * 3 for users in USERS]
    assert fit(USERS, corner, seed=1).peak_users is None


def test_parameters_are_never_negative() -> None:
    found = fit(USERS, measured(0.0, 3, noise=0.1), seed=3)
    assert min(found.sigma.low, found.kappa.low) >= 0
    assert found.lam.low > 0


def summary(users: tuple[int, ...], rounds: Sequence[Sequence[float | None]], *, valid: bool = True) -> Summary:
    cells = [
        Cell(
            name="flask-thread", lane="flask-thread", stack="current", style="sync", workers=1, cores=[0],
            scenario="wait", params={}, users=count, qps=float(np.mean([qps for qps in each if qps])),
            rt_ms=ResponseTime(p50=1.0), valid=valid, reasons=[],
        )
        for count, each in zip(users, rounds, strict=True)
    ]  # fmt: skip
    details = [
        Detail(name="flask-thread", scenario="wait", users=count, rounds=len(each), qps_per_round=list(each))
        for count, each in zip(users, rounds, strict=True)
    ]
    return Summary(
        schema_version=1, partial=False, cells=cells, verdicts=[], details=details, sentences=[], warnings=[]
    )


def test_a_sweep_gives_a_curve_with_its_law() -> None:
    (curve,) = curves(summary(USERS, measured(KAPPA, 1)), seed=1)
    assert [level.users for level in curve.levels] == list(USERS)
    assert curve.why is None
    assert curve.usl is not None


def test_rounds_without_a_slice_that_counts_change_no_law_and_are_not_counted() -> None:
    whole = measured(KAPPA, 1)
    gaps = [[None, *each[:2], None, *each[2:]] for each in whole]
    assert curves(summary(USERS, gaps), seed=1)[0].usl == curves(summary(USERS, whole), seed=1)[0].usl
    thin = [[None, None, *each[:2], None] for each in whole]
    assert curves(summary(USERS, thin), seed=1)[0].why == "too few rounds for an interval: it takes 3 of each level"


def test_no_law_is_fitted_to_few_levels_or_few_rounds_and_the_curve_says_so() -> None:
    few = LEAST_LEVELS - 1
    (short,) = curves(summary(USERS[:few], measured(KAPPA, 1)[:few]), seed=1)
    assert (short.usl, short.why) == (None, "5 valid levels are too few for the law: it takes 6")
    (thin,) = curves(summary(USERS, measured(KAPPA, 1, rounds=2)), seed=1)
    assert (thin.usl, thin.why) == (None, "too few rounds for an interval: it takes 3 of each level")
    (sick,) = curves(summary(USERS, measured(KAPPA, 1), valid=False), seed=1)
    assert (sick.levels, sick.usl) == ([], None)
    assert curves(summary(USERS[:2], measured(KAPPA, 1)[:2]), seed=1) == []


def test_a_curve_that_the_law_does_not_describe_gets_none() -> None:
    # Threads that run out: in proportion up to 32 users, and not one more from there on.
    steps = [[20.0 * min(users, 32)] * 3 for users in USERS]
    (curve,) = curves(summary(USERS, steps), seed=1)
    assert curve.usl is None
    assert curve.why is not None
    assert "does not describe this curve" in curve.why


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("64", (64,)), ("8, 1,8", (1, 8)), ("1,2,4,...,512", (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)),
        ("1,2,4,…,16", (1, 2, 4, 8, 16)), ("1..8", (1, 2, 4, 8)), ("3...20", (3, 6, 12, 20)),
        ("1..4,100", (1, 2, 4, 100)),
    ],
)  # fmt: skip
def test_dots_stand_for_doubling(text: str, meant: tuple[int, ...]) -> None:
    assert levels("--users", text, 5_000) == meant


@pytest.mark.parametrize(
    "text", ["", "1,,2", "1,...", "...,8", "0", "x..8", "1..9000", "-1", "4..x", "8..4", "8..8", "1,2,...,2"]
)
def test_users_that_are_no_numbers_are_refused(text: str) -> None:
    with pytest.raises(Problem, match="--users"):
        levels("--users", text, 5_000)
