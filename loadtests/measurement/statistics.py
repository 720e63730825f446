"""How much two lanes differ, and how sure that is: per round the log ratio, over rounds the median and an interval.

Rounds are few and pairs are many, so a pair's own variance is a poor guess: it is shrunk towards the variance of all
pairs shown together by as much as their variances resemble each other (Smyth 2004, "moderated t"; where they do not,
nothing is shrunk). Rounds that follow each other resemble each other too: the correlation of neighbours, estimated
over all pairs, widens the interval. Bonferroni makes the intervals of one table hold together. Coverage on simulated
noise with known truth is in the tests.
"""

import itertools
import math
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats

CONFIDENCE = 0.95
LEAST_ROUNDS = 3
# What a few rounds cannot show is assumed: neighbouring rounds of a busy machine are seldom independent.
LEAST_CORRELATION = 0.3
# Above this the mean of a few rounds says next to nothing and the correction would divide by almost zero.
MOST_CORRELATION = 0.6
_TINY = 1e-12

Numbers = NDArray[np.float64]


class Interval(msgspec.Struct, frozen=True, kw_only=True):
    """The ratio a ÷ b: the median over `rounds` and its simultaneous interval, None with fewer than three rounds."""

    a: str
    b: str
    ratio: float
    low: float | None
    high: float | None
    rounds: int


def compare(values: Mapping[str, Sequence[float | None]]) -> list[Interval]:
    """Compare every two lanes by their values per round (positive; None where a slice counts for nothing)."""
    pairs = list(itertools.combinations(values, 2))
    logs = {pair: _log_ratios(values[pair[0]], values[pair[1]]) for pair in pairs}
    enough = [pair for pair in pairs if len(logs[pair]) >= LEAST_ROUNDS]
    halves = dict(zip(enough, _half_widths([logs[pair] for pair in enough], len(pairs)), strict=True))
    return [_interval(pair, logs[pair], halves.get(pair)) for pair in pairs if len(logs[pair])]


def _log_ratios(a: Sequence[float | None], b: Sequence[float | None]) -> Numbers:
    # A zero has no ratio: a lane with a round in which it served nothing is not valid and does not get here.
    return np.array([math.log(x / y) for x, y in zip(a, b, strict=True) if x is not None and y is not None])


def _interval(pair: tuple[str, str], logs: Numbers, half: float | None) -> Interval:
    middle, mean = float(np.median(logs)), float(np.mean(logs))
    return Interval(
        a=pair[0],
        b=pair[1],
        ratio=math.exp(middle),
        # The half-width belongs to the mean; an interval that left out the estimate would be absurd.
        low=None if half is None else math.exp(min(mean - half, middle)),
        high=None if half is None else math.exp(max(mean + half, middle)),
        rounds=len(logs),
    )


def _half_widths(every: Sequence[Numbers], pairs: int) -> list[float]:
    """Return the half-width of the mean of each series such that all `pairs` intervals hold together."""
    if not every:
        return []
    correlation = neighbour_correlation(every)
    variances = np.array([max(float(np.var(logs, ddof=1)), _TINY) for logs in every])
    freedom = np.array([len(logs) - 1.0 for logs in every])
    shrunk, total_freedom = moderated(variances, freedom)
    quantiles = stats.t.ppf(1 - (1 - CONFIDENCE) / (2 * pairs), total_freedom)
    inflation = np.array([_variance_of_mean(len(logs), correlation) for logs in every])
    return [float(half) for half in quantiles * np.sqrt(shrunk * inflation)]


def moderated(variances: Numbers, freedom: Numbers) -> tuple[Numbers, Numbers]:
    """Shrink variances towards their common value; return them with their degrees of freedom.

    The prior's weight is the one under which the spread of the log variances is what is seen. One variance alone is
    returned as it is.
    """
    if len(variances) < LEAST_ROUNDS:
        return variances, freedom
    logs = np.log(variances) - special.digamma(freedom / 2) + np.log(freedom / 2)
    excess = float(np.var(logs, ddof=1) - np.mean(special.polygamma(1, freedom / 2)))
    prior_freedom = _inverse_trigamma(excess) * 2 if excess > 0 else math.inf
    if math.isinf(prior_freedom):
        # Pairs share lanes: all together tell no more than as many independent ones as there are lanes less one.
        common = float(np.average(variances, weights=freedom))
        return np.full_like(variances, common), np.full_like(variances, freedom.mean() * _independent(len(variances)))
    common = math.exp(float(logs.mean()) + float(special.digamma(prior_freedom / 2)) - math.log(prior_freedom / 2))
    total = prior_freedom + freedom
    shrunk = (prior_freedom * common + freedom * variances) / total
    return shrunk, np.minimum(total, freedom.mean() * _independent(len(variances)))


def _independent(pairs: int) -> float:
    """Return the number of lanes less one, from the number of their pairs."""
    return (math.sqrt(1 + 8 * pairs) - 1) / 2


def _inverse_trigamma(value: float) -> float:
    low, high = 1e-3, 1e6
    if value >= float(special.polygamma(1, low)):
        return low
    if value <= float(special.polygamma(1, high)):
        return math.inf
    return float(optimize.brentq(lambda x: float(special.polygamma(1, x)) - value, low, high))


def neighbour_correlation(every: Sequence[Numbers]) -> float:
    """Return the correlation of neighbouring rounds over all series, its bias removed, within what is credible."""
    centred = [logs - logs.mean() for logs in every]
    squares = sum(float(series @ series) for series in centred)
    if squares <= _TINY:
        return LEAST_CORRELATION
    seen = sum(float(series[:-1] @ series[1:]) for series in centred) / squares
    rounds = float(np.mean([len(logs) for logs in every]))
    # A short series around its own mean shows about rho - (1 + 4 rho) / n (Marriott and Pope 1954).
    unbiased = (seen + 1 / rounds) / (1 - 4 / rounds) if rounds > 6 else seen + 1 / rounds  # noqa: PLR2004 - else unstable
    return min(max(unbiased, LEAST_CORRELATION), MOST_CORRELATION)


def _variance_of_mean(rounds: int, correlation: float) -> float:
    """Return the variance of a mean in units of the sample variance, for rounds correlated as an AR(1) series."""
    lags = np.arange(1, rounds)
    share = float((1 + 2 * np.sum((1 - lags / rounds) * correlation**lags)) / rounds)
    return share * (rounds - 1) / (rounds * (1 - share))
