"""At which level each interval of a table must hold, so that all of them hold together in 95 of 100 runs."""

import functools
import math

from scipy import stats

CONFIDENCE = 0.95


@functools.cache
def level(lanes: int, pairs: int) -> float:
    """Return the share of runs in which one of `pairs` intervals between `lanes` may miss.

    All pairs of some lanes are Tukey's case: the largest of the differences is a range, and lanes that vary unequally
    miss less often, not more (Hayter 1984). A few pairs of many lanes are cheaper by Sidak's inequality, which holds
    however the pairs hang together.
    """
    if lanes <= 2:  # noqa: PLR2004 - two lanes are one pair
        return 1 - CONFIDENCE
    widest = float(stats.studentized_range.ppf(CONFIDENCE, lanes, math.inf)) / math.sqrt(2)
    return max(2 * float(stats.norm.sf(widest)), sidak(pairs))


def sidak(count: int) -> float:
    """Return the level at which `count` statements hold together with the confidence."""
    return 1 - math.pow(CONFIDENCE, 1 / count)
