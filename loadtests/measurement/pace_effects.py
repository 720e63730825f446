"""What of a lane's mean pace is chance, and what is the lane's own doing.

A lane's mean pace is that of its cores while it was measured, which is chance, and what the lane does to the fixed work
beside it, which is not: its work leaves other things in the caches, and a core that is idle half of the time is cold.
The second part is taken to go with how busy the lane keeps its cores, and beyond that to vary from lane to lane. How
much, the lanes' means tell: they lie further apart than chance would put them (random effects: Henderson 1975). Where
they do not, a mean is chance and is held out; where they lie far apart, it is not, and the figures keep their means.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

# What the fixed work feels of a lane at least, where lanes' means do not show more: a standard deviation, as a share.
LEAST = 0.007
# What is expected before lanes' means are seen, and how many of them that is worth.
EXPECTED, WORTH = 0.02, 4.0
# Lanes that keep their cores busy alike, to this share, differ in nothing by that.
_ALIKE = 0.1
# Means of rows and columns with gaps are taken off in turn; gaps are few and this is close enough.
_SWEEPS = 8


class Effects(msgspec.Struct, frozen=True, kw_only=True):
    """Lanes × rounds taken apart: each lane's own mean, and what is left when lanes' and rounds' means are off.

    `counts` are the rounds that each lane has; what was missing is missing in `left`.
    """

    lanes: Numbers
    left: Numbers
    counts: Numbers


class Chance(msgspec.Struct, frozen=True, kw_only=True):
    """How much of lanes' paces is held out, and what that leaves: as shares of the pace, to be multiplied by a slope.

    `share` is the part of each pace that is held out, in the mean as in each round, so that what is left of it shows
    in the rounds. `lanes` are the means by which lanes' paces are told to differ by chance; `variances`, lanes × lanes,
    are those that the rounds do not show, of the difference of two lanes.
    """

    share: float
    lanes: Numbers
    variances: Numbers


def effects(rows: Numbers) -> Effects:
    """Take the means of lanes and of rounds off; NaN stands for what is missing."""
    known = ~np.isnan(rows)
    counts, heights = known.sum(axis=1), known.sum(axis=0)
    lanes, rounds = np.zeros(rows.shape[0]), np.zeros(rows.shape[1])
    for _ in range(_SWEEPS):
        lanes = np.nansum(rows - rounds, axis=1) / np.maximum(counts, 1)
        rounds = np.nansum(rows - lanes[:, None], axis=0) / np.maximum(heights, 1)
    return Effects(lanes=lanes, left=rows - lanes[:, None] - rounds, counts=counts.astype(float))


def chance(found: Effects, freedom: int, busy: Numbers) -> Chance:
    """Tell what of the lanes' means is chance; `busy` is how many cores each lane used (NaN: not known)."""
    of_slice = float(np.nansum(found.left**2)) / freedom
    usual = float((of_slice / np.maximum(found.counts, 1.0)).mean())
    beyond = _beyond(busy)
    own = len(beyond) - int(np.linalg.matrix_rank(np.eye(len(beyond)) - beyond))
    apart = float(found.lanes @ beyond @ found.lanes)
    seen = (apart + WORTH * (EXPECTED**2 + usual)) / (own + WORTH) - usual
    felt = max(seen, LEAST**2)
    share = usual / (usual + felt)
    diagonal = np.diag(beyond)
    told = diagonal[:, None] + diagonal - 2 * beyond
    # What goes with how busy the lanes are stays in the means while the rounds no longer show it.
    kept = share * (2 - share) * usual * np.maximum(0.0, 2 - told)
    return Chance(share=share, lanes=beyond @ found.lanes, variances=share**2 * felt * told + kept)


def _beyond(busy: Numbers) -> Numbers:
    """Return the matrix that takes off lanes' means what they have in common and what goes with how busy they are."""
    columns = [np.ones(len(busy))]
    if not np.isnan(busy).any() and np.ptp(busy) > _ALIKE * busy.max():
        columns.append(busy)
    design = np.array(columns).T
    return np.asarray(np.eye(len(busy)) - design @ np.linalg.pinv(design))
