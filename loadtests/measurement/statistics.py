"""How much two lanes differ, and how sure that is: per round the log ratio, over rounds the median and an interval.

The interval stands around the mean without the outermost tenths and reaches to the median at least. Rounds are few and
pairs are many, so a pair's own variance is a poor guess: it is shrunk towards the variance of all pairs shown together
by as much as their variances resemble each other (Smyth 2004, "moderated t"; where they do not, nothing is shrunk).
Rounds that follow each other resemble each other too: the correlation of neighbours, estimated over all pairs, widens
the interval. The intervals of one table hold together (see simultaneous.py). docs/statistics.md has the coverage on
simulated noise with known truth.
"""

import functools
import itertools
import math
from collections.abc import Mapping, Sequence
from statistics import median

import msgspec
import numpy as np
from scipy import special

from loadtests.measurement import simultaneous
from loadtests.measurement.series import Numbers, Rows, freedom, neighbour_correlation, trim, variance_of_mean

LEAST_ROUNDS = 3
# Two starts of one program differ by about so much, a standard deviation of the log ratio, since their memory is laid
# out differently: duets, which start both sides anew, show it. A run starts each server once, so its rounds cannot.
BETWEEN_STARTS = 0.010
# Below this the variances differ by no more than chance.
_NO_SPREAD = 1e-6
# The method closes in from one side and needs no more.
_STEPS = 12

Pair = tuple[str, str]
Column = tuple[float | None, ...]


class Interval(msgspec.Struct, frozen=True, kw_only=True):
    """The ratio a ÷ b: the median over `rounds` and its simultaneous interval, None with fewer than three rounds.

    `centre`, `error` and `freedom` are the middle of the interval (a natural logarithm), its standard error and the
    degrees of freedom of that; `level` is the share of runs in which this interval alone may miss. `allowance` is the
    part of the error that more rounds would not lessen.
    """

    a: str
    b: str
    ratio: float
    low: float | None
    high: float | None
    rounds: int
    centre: float | None = None
    error: float | None = None
    freedom: float | None = None
    level: float = 1 - simultaneous.CONFIDENCE
    allowance: float = 0.0


def compare(
    values: Mapping[str, Sequence[float | None]],
    pairs: Sequence[Pair] | None = None,
    allowances: Mapping[Pair, float] = {},
) -> list[Interval]:
    """Compare lanes by their values per round (positive; None where a slice counts for nothing).

    Every two lanes are compared, or those of `pairs`. The intervals returned hold together. `allowances` are
    standard errors of log ratios that the values do not show.
    """
    wanted = tuple(itertools.combinations(values, 2)) if pairs is None else tuple(pairs)
    return list(
        _compare(
            tuple((name, tuple(column)) for name, column in values.items()),
            wanted,
            tuple(allowances.get(pair, 0.0) for pair in wanted),
        )
    )


@functools.lru_cache(maxsize=256)
def _compare(
    values: tuple[tuple[str, Column], ...], pairs: tuple[Pair, ...], allowances: tuple[float, ...]
) -> tuple[Interval, ...]:
    """Do what `compare` says; kept, since a live run asks again for groups in which nothing has changed."""
    logs = {name: _logs(column) for name, column in values}
    lanes = len({name for pair in pairs for name in pair})
    ratios = {pair: rows[~np.isnan(rows)] for pair in pairs if (rows := logs[pair[0]] - logs[pair[1]]).size}
    enough = [pair for pair in ratios if ratios[pair].size >= LEAST_ROUNDS]
    level = simultaneous.level(lanes, len(pairs))
    allowed = dict(zip(pairs, allowances, strict=True))
    found = _errors([ratios[pair] for pair in enough], lanes - 1, level, [allowed[pair] for pair in enough])
    bounds = dict(zip(enough, found, strict=True))
    return tuple(_interval(pair, ratios[pair], bounds.get(pair), level) for pair in ratios if ratios[pair].size)


def _logs(column: Column) -> Numbers:
    # A zero has no ratio: a lane with a round in which it served nothing is not valid and does not get here.
    return np.array([math.nan if value is None else math.log(value) for value in column])


class _Bound(msgspec.Struct, frozen=True, kw_only=True):
    """What an interval is made of."""

    centre: float
    error: float
    freedom: float
    half: float
    allowance: float


def _interval(pair: Pair, logs: Numbers, bound: _Bound | None, level: float) -> Interval:
    middle = median(logs.tolist())
    start = Interval(a=pair[0], b=pair[1], ratio=math.exp(middle), low=None, high=None, rounds=logs.size, level=level)
    if bound is None:
        return start
    return msgspec.structs.replace(
        start,
        # The half-width belongs to the centre; an interval that left out the estimate would be absurd.
        low=math.exp(min(bound.centre - bound.half, middle)),
        high=math.exp(max(bound.centre + bound.half, middle)),
        centre=bound.centre,
        error=bound.error,
        freedom=bound.freedom,
        allowance=bound.allowance,
    )


def _errors(every: Sequence[Numbers], independent: int, level: float, allowances: Sequence[float]) -> list[_Bound]:
    """Return what each series says of its centre; `independent` is how many of them can tell something of their own."""
    if not every:
        return []
    lengths = [series.size for series in every]
    trimmed = {size: trim(np.array([each for each in every if each.size == size])) for size in set(lengths)}
    correlation = neighbour_correlation([rows.clipped for rows in trimmed.values()])
    centres, variances, kept = _in_order(lengths, trimmed)
    free = np.array([freedom(count, correlation) for count in kept])
    shrunk, total = moderated(variances, np.array(kept) - 1.0, free, independent)
    of_mean = {size: variance_of_mean(size, correlation) for size in trimmed}
    errors = np.sqrt(shrunk * np.array([of_mean[size] for size in lengths]) + np.square(allowances))
    halves = -special.stdtrit(total, level / 2) * errors
    return [
        _Bound(centre=float(centre), error=float(error), freedom=float(count), half=float(half), allowance=allowance)
        for centre, error, count, half, allowance in zip(centres, errors, total, halves, allowances, strict=True)
    ]


def _in_order(lengths: Sequence[int], trimmed: Mapping[int, Rows]) -> tuple[Numbers, Numbers, list[int]]:
    """Put rows that were worked on by their length back in the order of their pairs."""
    place = {size: itertools.count() for size in trimmed}
    order = [(trimmed[size], next(place[size])) for size in lengths]
    centres = np.array([rows.centre[index] for rows, index in order])
    variances = np.array([rows.variance[index] for rows, index in order])
    return centres, variances, [rows.kept for rows, _ in order]


def moderated(variances: Numbers, sampled: Numbers, free: Numbers, independent: int) -> tuple[Numbers, Numbers]:
    """Shrink variances towards their common value; return them with their degrees of freedom.

    `sampled` are the degrees of freedom by the number of values, `free` what is left of them since neighbours resemble
    each other. The prior's weight is the one under which the spread of the log variances is what is seen. One or two
    variances alone are returned as they are. Pairs share lanes: all together tell no more than `independent` ones.
    """
    if len(variances) < LEAST_ROUNDS:
        return variances, free
    most = float(free.mean()) * min(independent, len(variances))
    logs = np.log(variances) - special.digamma(sampled / 2) + np.log(sampled / 2)
    excess = float(np.var(logs, ddof=1) - np.mean(special.polygamma(1, sampled / 2)))
    prior = _inverse_trigamma(excess) * 2 if excess > 0 else math.inf
    if math.isinf(prior):
        common = float(np.average(variances, weights=sampled))
        return np.full_like(variances, common), np.full_like(variances, most)
    common = math.exp(float(logs.mean()) + float(special.digamma(prior / 2)) - math.log(prior / 2))
    shrunk = (prior * common + sampled * variances) / (prior + sampled)
    return shrunk, np.minimum(prior + free, most)


def _inverse_trigamma(value: float) -> float:
    """Return where the trigamma function has a positive value, by Newton's method on its reciprocal (Smyth 2004)."""
    if value < _NO_SPREAD:
        return math.inf
    found = 0.5 + 1 / value
    for _ in range(_STEPS):
        trigamma = float(special.zeta(2, found))
        found += trigamma * (1 - trigamma / value) / (-2 * float(special.zeta(3, found)))
    return found
