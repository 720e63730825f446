"""What the windows of several pairs of servers say of the ratio of both sides.

Windows of one pair share its two processes, so they are no independent witnesses: each pair gives one figure, the mean
of its log ratios without the outermost, and the interval is Student's, from the spread between pairs. That holds
whatever makes windows of a pair alike, and pairs are started independently of each other.
"""

import functools
import math
from collections.abc import Sequence
from statistics import fmean, stdev

import msgspec
from scipy import special

from loadtests.duet.plan import CONFIDENCE, LEAST_STARTS

# On either side: one window in which the machine stood still moves a pair's figure no more.
TRIMMED_SHARE = 0.2
# A pair's own noise cannot be smaller than the clocks it is read from.
_LEAST_ERROR = 1e-6
MOST_NEEDED = 100_000

Windows = Sequence[float | None]


class Ratio(msgspec.Struct, frozen=True, kw_only=True):
    """The ratio a ÷ b over `starts` pairs, its 95 % interval, and the logarithms it is made of.

    `error` is the standard error, `between` the standard deviation between pairs, `within` that between the windows of
    a pair; they and the interval are None with fewer than three pairs, `within` where pairs have one window.
    """

    ratio: float
    low: float | None
    high: float | None
    starts: int
    centre: float
    error: float | None = None
    between: float | None = None
    within: float | None = None

    @property
    def half_width(self) -> float | None:
        """Return the half-width of the interval as a share."""
        return None if self.low is None or self.high is None else math.sqrt(self.high / self.low) - 1


def ratio(a: Sequence[Windows], b: Sequence[Windows]) -> Ratio | None:
    """Compare two sides by their values per window of each start (positive; None where one counts for nothing)."""
    logs = [_logs(ours, theirs) for ours, theirs in zip(a, b, strict=True)]
    known = [each for each in logs if each]
    if not known:
        return None
    figures = [_middle(each) for each in known]
    centre = fmean(figures)
    if len(figures) < LEAST_STARTS:
        return Ratio(ratio=math.exp(centre), low=None, high=None, starts=len(figures), centre=centre)
    between = stdev(figures, centre)
    error = max(between / math.sqrt(len(figures)), _LEAST_ERROR)
    half = quantile(len(figures)) * error
    return Ratio(
        ratio=math.exp(centre),
        low=math.exp(centre - half),
        high=math.exp(centre + half),
        starts=len(figures),
        centre=centre,
        error=error,
        between=between,
        within=_within(known),
    )


def _logs(a: Windows, b: Windows) -> list[float]:
    return [math.log(x / y) for x, y in zip(a, b, strict=True) if x and y]


def _middle(logs: list[float]) -> float:
    """Return the mean without the outermost fifths."""
    cut = int(TRIMMED_SHARE * len(logs))
    return fmean(sorted(logs)[cut : len(logs) - cut])


@functools.cache
def quantile(starts: int) -> float:
    """Return how many standard errors the interval reaches to either side."""
    return -float(special.stdtrit(starts - 1, (1 - CONFIDENCE) / 2))


def _within(logs: Sequence[list[float]]) -> float | None:
    """Return the standard deviation between windows, over all starts."""
    freedom = sum(len(each) - 1 for each in logs)
    squares = sum((value - middle) ** 2 for each in logs for middle in (fmean(each),) for value in each)
    return math.sqrt(squares / freedom) if freedom else None


def starts_needed(found: Ratio, margin: float) -> int | None:
    """Return how many starts it would take to decide whether a ratio lies within `margin` (a share) of 1.

    None where no number would, since it lies on the margin, or where the spread is not known.
    """
    if found.between is None:
        return None
    distance = abs(abs(found.centre) - math.log1p(margin))
    for starts in range(LEAST_STARTS, MOST_NEEDED):
        if starts > LEAST_STARTS * 10:
            # From here on Student's quantile hardly changes.
            needed = math.ceil((quantile(starts) * found.between / distance) ** 2) if distance else MOST_NEEDED
            return max(starts, needed) if needed < MOST_NEEDED else None
        if quantile(starts) * found.between / math.sqrt(starts) < distance:
            return starts
    return None
