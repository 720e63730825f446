"""At which level each interval of a table must hold, so that all of them hold together in 95 of 100 runs."""

import functools
import math

import numpy as np
from scipy import special

CONFIDENCE = 0.95
# Farther out than so many standard deviations there is nothing to add up.
_FAR = 9.0
_POINTS = 2_001
_EXACT = 1e-9


@functools.cache
def level(lanes: int, pairs: int) -> float:
    """Return the share of runs in which one of `pairs` intervals between `lanes` may miss.

    All pairs of some lanes are Tukey's case: the largest of the differences is a range, and lanes that vary unequally
    miss less often, not more (Hayter 1984). A few pairs of many lanes are cheaper by Sidak's inequality, which holds
    however the pairs hang together.
    """
    if lanes <= 2:  # noqa: PLR2004 - two lanes are one pair
        return 1 - CONFIDENCE
    return max(2 * float(special.ndtr(-_widest(lanes) / math.sqrt(2))), sidak(pairs))


def _widest(count: int) -> float:
    """Return the range that `count` standard normal values stay within with the confidence (Tukey's quantile)."""
    # scipy.stats has it, and would make this process half as large again for one number.
    low, high = 0.0, 2 * _FAR
    while high - low > _EXACT:
        middle = (low + high) / 2
        low, high = (middle, high) if _share_within(middle, count) < CONFIDENCE else (low, middle)
    return high


def _share_within(width: float, count: int) -> float:
    """Return how often `count` standard normal values lie no farther apart: over where the largest of them may be."""
    largest, step = np.linspace(-_FAR, _FAR, _POINTS, retstep=True)
    density = np.exp(-(largest**2) / 2) / math.sqrt(2 * math.pi)
    others = (special.ndtr(largest) - special.ndtr(largest - width)) ** (count - 1)
    return float(count * (density * others).sum() * step)


def sidak(count: int) -> float:
    """Return the level at which `count` statements hold together with the confidence."""
    return 1 - math.pow(CONFIDENCE, 1 / count)
