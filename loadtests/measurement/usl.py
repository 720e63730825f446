"""Curves over the number of users, and the universal scalability law fitted to them.

The law (Gunther 1993) is `qps = lam N / (1 + sigma (N - 1) + kappa N (N - 1))`. Errors are relative, since the noise of
a figure grows with it. The intervals come from a bootstrap that repeats both what is uncertain: the rounds of each
level, and how far the levels lie from the law.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from loadtests.measurement.curve import Curve, Estimate, Level, Usl
from loadtests.measurement.group import group_of
from loadtests.measurement.result import Cell, Detail, Summary

Numbers = NDArray[np.float64]

LEAST_LEVELS = 6
LEAST_ROUNDS = 3
# A curve of a few levels is a comparison; from here on it is drawn.
DRAWN_FROM = 3
# A level farther off than this shows that the law does not describe the curve.
MOST_MISFIT = 0.15
_DRAWS = 400
_TAILS = (2.5, 97.5)
# A kappa below this would move no level that can be asked for.
_NO_KAPPA = 1e-12
_PARAMETERS = 3


def curves(summary: Summary, seed: int) -> list[Curve]:
    """Return one curve for each lane and closed work that was measured at three numbers of users or more."""
    details = {(group_of(each), each.name): each for each in summary.details}
    found: dict[tuple[str, str], list[tuple[Cell, Detail]]] = {}
    for cell in summary.cells:
        if cell.rate is None:
            found.setdefault((cell.scenario, cell.name), []).append((cell, details[group_of(cell), cell.name]))
    return [_curve(name, scenario, rows, seed) for (scenario, name), rows in found.items() if len(rows) >= DRAWN_FROM]


def _curve(name: str, scenario: str, rows: Sequence[tuple[Cell, Detail]], seed: int) -> Curve:
    valid = sorted(((cell, detail) for cell, detail in rows if cell.valid), key=lambda row: row[0].users)
    levels = [
        Level(users=cell.users, qps=cell.qps or 0.0, p50_ms=cell.rt_ms.p50, p99_ms=cell.rt_ms.p99) for cell, _ in valid
    ]
    rounds = [[qps for qps in detail.qps_per_round if qps is not None] for _, detail in valid]
    why = _too_few(rounds)
    law = None if why else fit([level.users for level in levels], rounds, seed)
    if law is not None and law.misfit > MOST_MISFIT:
        why = f"the law does not describe this curve: one level lies {law.misfit:.0%} off"
    return Curve(name=name, scenario=scenario, levels=levels, usl=None if why else law, why=why)


def _too_few(rounds: Sequence[Sequence[float]]) -> str | None:
    if len(rounds) < LEAST_LEVELS:
        return f"{len(rounds)} valid levels are too few for the law: it takes {LEAST_LEVELS}"
    if min(len(each) for each in rounds) < LEAST_ROUNDS:
        return f"too few rounds for an interval: it takes {LEAST_ROUNDS} of each level"
    return None


def law(users: Numbers, lam: float, sigma: float, kappa: float) -> Numbers:
    """Return the requests per second that the law gives."""
    served: Numbers = lam * users / (1 + sigma * (users - 1) + kappa * users * (users - 1))
    return served


def fit(users: Sequence[int], rounds: Sequence[Sequence[float]], seed: int) -> Usl:
    """Fit the law to the requests per second of each level's rounds, which must be positive."""
    levels = np.array(users, dtype=float)
    means = np.array([np.log(each).mean() for each in rounds])
    best = _fitted(levels, means)
    off = means - np.log(law(levels, *best))
    draws = np.array([_fitted(levels, drawn) for drawn in _drawn(rounds, means - off, off, seed)])
    names = dict(zip(("lam", "sigma", "kappa"), range(_PARAMETERS), strict=True))
    found = {name: _estimate(best[at], draws[:, at]) for name, at in names.items()}
    misfit = float(np.expm1(np.abs(off).max()))
    return Usl(**found, peak_users=_peak(best, draws, max(users), misfit), misfit=misfit)


def _fitted(levels: Numbers, means: Numbers) -> Numbers:
    """Return lam, sigma and kappa, none below 0, with the least squares of the relative errors of N ÷ qps.

    The law is linear in 1 ÷ lam, sigma ÷ lam and kappa ÷ lam when it is written for N ÷ qps, so there is one best fit
    and no guess to begin with.
    """
    from scipy import optimize  # noqa: PLC0415 - takes 25 MB, and few runs fit a curve

    time = levels / np.exp(means)
    terms = np.column_stack([np.ones_like(levels), levels - 1, levels * (levels - 1)])
    (first, turns, others), _ = optimize.nnls(terms / time[:, None], np.ones_like(levels))
    return np.array([1 / first, turns / first, others / first]) if first > 0 else np.array([np.inf, np.nan, np.nan])


def _drawn(rounds: Sequence[Sequence[float]], fitted: Numbers, off: Numbers, seed: int) -> list[Numbers]:
    """Return levels as they might have come out: the law, with rounds and distances from it drawn anew."""
    generator = np.random.default_rng(seed)
    counts = np.array([len(each) for each in rounds])
    # Few rounds of one level say little of its noise; all levels together say more. Both corrections are for the
    # degrees of freedom that the means and the law have taken.
    within = np.concatenate([_centred(each) for each in rounds])
    between = (off - off.mean()) * np.sqrt(len(off) / (len(off) - _PARAMETERS))
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    return [
        fitted
        + generator.choice(between, len(off))
        + np.add.reduceat(generator.choice(within, counts.sum()), starts) / counts
        for _ in range(_DRAWS)
    ]


def _centred(each: Sequence[float]) -> Numbers:
    logs = np.log(each)
    centred: Numbers = (logs - logs.mean()) * np.sqrt(len(logs) / (len(logs) - 1))
    return centred


def _estimate(value: float, draws: Numbers) -> Estimate:
    low, high = np.percentile(draws, _TAILS)
    return Estimate(value=float(value), low=float(min(low, value)), high=float(max(high, value)))


def _peak(best: Numbers, draws: Numbers, most: int, misfit: float) -> Estimate | None:
    """Return where throughput turns down, if it surely does, within what was measured, and by more than the misfit.

    A curve that only goes flat is fitted with a turn as well, but falls no farther than it lies off the law.
    """
    if np.percentile(draws[:, 2], _TAILS[0]) <= _NO_KAPPA or best[2] <= _NO_KAPPA:
        return None
    tops = np.sqrt(np.maximum(1 - draws[:, 1], 0) / np.maximum(draws[:, 2], _NO_KAPPA))
    peak = _estimate(float(np.sqrt(max(1 - best[1], 0) / best[2])), tops)
    at_peak, at_most = law(np.array([peak.value, most]), *best)
    return peak if peak.high <= most and at_most < at_peak * (1 - misfit) else None
