"""Hold out of the figures what the speed of the cores did to them, as far as the cores' pace tells.

On a shared machine a core's speed changes by a sixth from one quarter of a second to the next, and that is most of what
a lane's figures do. The pace, what a fixed piece of work took on the same cores in the same slice, moves with it. How
much a figure moves with the pace is found by regression over all lanes and rounds of a group (analysis of covariance:
Fisher 1932), on what is left when each lane's and each round's mean is taken off. By that much every figure is brought
to the pace that it would have met at the mean.

What a lane's pace is at the mean may be chance, to be held out too, or the lane's own doing: an idle core is cold, and
what runs beside the fixed work fills the caches. `pace_effects.py` tells how much of it is chance.
"""

import math
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from loadtests.measurement.pace_effects import Chance, Numbers, chance, effects
from loadtests.measurement.statistics import Pair

Column = Sequence[float | None]
Columns = Mapping[str, Column]

# With fewer degrees of freedom the regression tells nothing.
LEAST_FREEDOM = 10
# What the pace does not lessen by a tenth it does not explain.
LEAST_GAIN = 0.9
# Where more slices than these lack it, a pace would cost more than it tells.
MOST_LACKING = 0.1
# A pace that varies less than this, or no otherwise than another one, tells nothing: a share of the greatest.
_NOTHING = 1e-3


class Evened(msgspec.Struct, frozen=True, kw_only=True):
    """Figures at the usual pace.

    `slopes` are by how many percent a figure moves when the work takes a percent longer on some cores, by the name of
    their pace; `before` and `after` are the spreads (standard deviations, as shares) that lanes have in their rounds,
    with all that rounds have in common taken off. `allowances` are the standard errors of log ratios for what the pace
    may still have done to two lanes' means, which their rounds do not show. None and empty where nothing was held out:
    no pace was told, it explains nothing, or slices are too few.
    """

    values: dict[str, list[float | None]]
    slopes: dict[str, float] = {}
    before: float | None = None
    after: float | None = None
    allowances: dict[Pair, float] = {}


def even(values: Columns, paces: Mapping[str, Columns], busy: Columns) -> Evened:
    """Return lanes' figures per round (positive; None: no slice that counts) at the usual pace.

    `paces` are, for each kind of cores, what the fixed work took in the same slices, `busy` how many cores a lane's
    processes used. A slice whose pace is not known counts for nothing, unless many lack it: then that pace is not used.
    """
    told = {name: columns for name, columns in paces.items() if _told(values, columns)}
    plain = Evened(values={name: list(column) for name, column in values.items()})
    if not told:
        return plain
    figures = _logs(values, values)
    steps = [_logs(columns, values) for columns in told.values()]
    both = ~np.isnan(figures) & ~np.any(np.isnan(steps), axis=0)
    freedom = int(both.sum() - both.any(axis=1).sum() - both.any(axis=0).sum()) + 1 - len(told)
    if freedom < LEAST_FREEDOM:
        return plain
    own = effects(np.where(both, figures, np.nan)).left
    found = [effects(np.where(both, each, np.nan)) for each in steps]
    moved = np.array([each.left[both] for each in found])
    slopes, *_ = np.linalg.lstsq(moved.T, own[both], rcond=_NOTHING)
    before, after = _spread(own[both], freedom + len(told)), _spread(own[both] - slopes @ moved, freedom)
    if not after < LEAST_GAIN * before:
        return plain
    lanes_busy = np.array([_mean(busy.get(name, ())) for name in values])
    by_chance = [chance(each, freedom, lanes_busy) for each in found]
    held_out = sum(
        slope * part.share * (each.left + part.lanes[:, None])
        for slope, each, part in zip(slopes, found, by_chance, strict=True)
    )
    return Evened(
        values={name: _column(row) for name, row in zip(values, figures - held_out, strict=True)},
        slopes=dict(zip(told, slopes.tolist(), strict=True)),
        before=before,
        after=after,
        allowances=_allowances(list(values), slopes, by_chance),
    )


def _told(values: Columns, paces: Columns) -> bool:
    """Tell whether nearly all slices of every lane have a pace."""
    for name, column in values.items():
        known = [
            pace is not None for value, pace in zip(column, paces.get(name, ()), strict=False) if value is not None
        ]
        if sum(known) < max(1.0, (1 - MOST_LACKING) * len(known)):
            return False
    return bool(values)


def _logs(columns: Columns, names: Columns) -> Numbers:
    """Return a row of logarithms for each name, with as many columns as there are rounds."""
    found = np.full((len(names), max(len(column) for column in names.values())), np.nan)
    for row, name in zip(found, names, strict=True):
        logs = [math.nan if value is None else math.log(value) for value in columns[name]][: len(row)]
        row[: len(logs)] = logs
    return found


def _column(row: Numbers) -> list[float | None]:
    return [None if math.isnan(value) else math.exp(value) for value in row.tolist()]


def _mean(column: Column) -> float:
    known = [value for value in column if value is not None]
    return sum(known) / len(known) if known else math.nan


def _spread(left: Numbers, freedom: int) -> float:
    return math.sqrt(float((left**2).sum()) / freedom)


def _allowances(names: Sequence[str], slopes: Numbers, by_chance: Sequence[Chance]) -> dict[Pair, float]:
    variances = sum(slope**2 * each.variances for slope, each in zip(slopes, by_chance, strict=True))
    return {
        (a, b): math.sqrt(max(0.0, float(row[column])))
        for a, row in zip(names, np.asarray(variances), strict=True)
        for column, b in enumerate(names)
        if a != b
    }
