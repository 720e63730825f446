"""Whether a lane goes on as it began: within its windows, and from the first rounds to the last.

The noise is what the slices of the cell themselves show, drawn a little towards what slices of unchanged servers show
on a busy machine, so that three slices that happen to agree prove nothing. Beyond it is what noise alone does to one
cell in thousands; the tests hold that to the noise of real slices.
"""

import math
import statistics
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import special

# Below this a change would not move a verdict.
CHANGE = 0.15
CREEP = 0.25
# One cell in so many that are steady may be called unsteady, in either direction.
FALSE_ALARMS = 5e-4
# The standard deviation of log(last third / first third) of one slice of a steady server, and how many slices this
# knowledge counts for beside the cell's own.
USUAL_SPREAD = 0.25
USUAL_SLICES = 3
_LEAST_ROUNDS = 9
# Neighbouring rounds are alike (a correlation of 0.3 to 0.5), so a mean over them errs by so much more.
_ALIKE = 1.6
# The middle one of fewer would follow the lane that creeps.
_LEAST_OTHERS = 3

Numbers = npt.NDArray[np.float64]


def change(thirds: Sequence[tuple[int, int, int]]) -> float | None:
    """Return by what share the last third of the windows differs from the first, None unless it surely does."""
    if not thirds:
        return None
    # A half more, so that an empty third has a logarithm.
    first, last = (np.array([each[place] for each in thirds]) + 0.5 for place in (0, 2))
    counted = float(np.sqrt(1 / first.sum() + 1 / last.sum()))
    return _surely(np.log(last / first), least=CHANGE, floor=counted)


def creep(own: Sequence[float | None], others: Sequence[Sequence[float | None]]) -> float | None:
    """Return by what share a lane's figure changed from the first third of its rounds to the last, beside the others'.

    `own` and each of `others` hold one figure per round, QPS or CPU per request. What happens to the machine happens to
    all lanes, so only what this one did differently counts; beside fewer than three others, or with few rounds, nothing
    can be said. None unless it surely changed.
    """
    levelled = [_levelled(lane) for lane in others]
    logs = [
        math.log(mine) - statistics.median(rest)
        for number, mine in enumerate(own)
        if mine and len(rest := [each for lane in levelled if (each := lane[number]) is not None]) >= _LEAST_OTHERS
    ]
    if len(logs) < _LEAST_ROUNDS:
        return None
    third = len(logs) // 3
    # Each late round is held to the early one in its place: a trend within the thirds is no noise.
    pairs = np.array(logs[-third:]) - np.array(logs[:third])
    return _surely(pairs, least=CREEP, wider=_ALIKE)


def _levelled(lane: Sequence[float | None]) -> list[float | None]:
    """Return a lane's logarithms around its own middle: the fastest lane moves the others' median as the slowest."""
    logs = [math.log(each) if each else None for each in lane]
    known = [each for each in logs if each is not None]
    middle = statistics.median(known) if known else 0.0
    return [None if each is None else each - middle for each in logs]


def _surely(logs: Numbers, *, least: float, floor: float = 0.0, wider: float = 1.0) -> float | None:
    """Return the mean change as a share, None when it is small or may be noise.

    `floor` is the least standard error; `wider` is by how much it exceeds that of values that have nothing in common.
    """
    degrees = len(logs) - 1 + USUAL_SLICES
    mean = float(logs.mean())
    scatter = float(((logs - mean) ** 2).sum())
    spread = ((scatter + USUAL_SLICES * USUAL_SPREAD**2) / degrees) ** 0.5
    error = max(wider * spread / len(logs) ** 0.5, floor)
    limit = max(float(np.log1p(least)), float(special.stdtrit(degrees, 1 - FALSE_ALARMS / 2)) * error)
    return float(np.expm1(mean)) if abs(mean) > limit else None
