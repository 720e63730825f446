"""Hold out of the figures what the speed of the cores did to them, as far as the cores' pace tells.

On a shared machine a core's speed changes by a sixth from one quarter of a second to the next, and that is most of what
a lane's figures do. The pace, what a fixed piece of work took on the same cores in the same slice, moves with it. How
much a figure moves with the pace is found by regression over all lanes and rounds of a group (analysis of covariance:
Fisher 1932), on what is left when each lane's and each round's mean is taken off; then every figure is brought to the
pace that is usual in the group. Ratios of lanes keep their truth as long as the fixed work feels no more of one lane
than of another; by how little it does is measured in docs/proofs/bias.md and stands in every error as an allowance.
"""

import math
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

Column = Sequence[float | None]
Columns = Mapping[str, Column]
Numbers = NDArray[np.float64]

# With fewer degrees of freedom the regression tells nothing.
LEAST_FREEDOM = 10
# By what share the fixed work may take longer beside one lane than beside another: one standard deviation.
LIKENESS = 0.01
# A pace that varies less than this, or no otherwise than another one, tells nothing: a share of the greatest.
_NOTHING = 1e-3
# Means of rows and columns with gaps are taken off in turn; gaps are few and this is close enough.
_SWEEPS = 8


class Evened(msgspec.Struct, frozen=True, kw_only=True):
    """Figures at the usual pace.

    `slopes` are by how many percent a figure moves when the work takes a percent longer on some cores, by the name of
    their pace; `before` and `after` are the spreads (standard deviations, as shares) that lanes have in their rounds,
    with all that rounds have in common taken off. None and empty where nothing was held out: no pace was told, or by
    too few slices.
    """

    values: dict[str, list[float | None]]
    slopes: dict[str, float] = {}
    before: float | None = None
    after: float | None = None

    @property
    def allowance(self) -> float:
        """Return the standard error, as a share, that a lane's influence on the fixed work may add to a ratio."""
        return LIKENESS * math.hypot(*self.slopes.values())


def even(values: Columns, paces: Mapping[str, Columns]) -> Evened:
    """Return lanes' figures per round (positive; None: no slice that counts) at the usual pace.

    `paces` are, for each kind of cores, what the fixed work took in the same slices. A slice whose pace is not known
    counts for nothing, unless a lane has none at all: then that pace is not used.
    """
    told = {name: columns for name, columns in paces.items() if _told(values, columns)}
    plain = Evened(values={name: list(column) for name, column in values.items()})
    if not told:
        return plain
    rounds = max(map(len, values.values()))
    figures = _logs(values, list(values), rounds)
    steps = np.array([_logs(columns, list(values), rounds) for columns in told.values()])
    both = ~np.isnan(figures) & ~np.isnan(steps).any(axis=0)
    freedom = int(both.sum() - both.any(axis=1).sum() - both.any(axis=0).sum()) + 1 - len(told)
    if freedom < LEAST_FREEDOM:
        return plain
    own = _centred(np.where(both, figures, np.nan))[both]
    moved = np.array([_centred(np.where(both, each, np.nan))[both] for each in steps])
    slopes, *_ = np.linalg.lstsq(moved.T, own, rcond=_NOTHING)
    usual = np.median(steps[:, both], axis=1)
    evened = figures - np.tensordot(slopes, steps - usual[:, None, None], axes=1)
    return Evened(
        values={name: _column(row) for name, row in zip(values, evened, strict=True)},
        slopes=dict(zip(told, slopes.tolist(), strict=True)),
        before=_spread(own, freedom + len(told)),
        after=_spread(own - slopes @ moved, freedom),
    )


def _told(values: Columns, paces: Columns) -> bool:
    """Tell whether every lane has a slice with both."""
    return bool(values) and all(
        any(
            value is not None and pace is not None
            for value, pace in zip(values[name], paces.get(name, ()), strict=False)
        )
        for name in values
    )


def _logs(columns: Columns, names: Sequence[str], rounds: int) -> Numbers:
    """Return a row of logarithms for each name, with as many columns as there are rounds."""
    found = np.full((len(names), rounds), np.nan)
    for row, name in zip(found, names, strict=True):
        row[: len(columns[name])] = [math.nan if value is None else math.log(value) for value in columns[name]]
    return found


def _column(row: Numbers) -> list[float | None]:
    return [None if math.isnan(value) else math.exp(value) for value in row.tolist()]


def _spread(left: Numbers, freedom: int) -> float:
    return math.sqrt(float((left**2).sum()) / freedom)


def _centred(rows: Numbers) -> Numbers:
    """Take the means of lanes and of rounds off."""
    for _ in range(_SWEEPS):
        for axis in (1, 0):
            counts = np.sum(~np.isnan(rows), axis=axis, keepdims=True)
            rows = rows - np.nansum(rows, axis=axis, keepdims=True) / np.maximum(counts, 1)
    return rows
