"""Which pairs of a table are told apart or shown to be alike: Holm's steps from the clearest pair to the least clear.

For each pair there are two questions, whether its ratio is above or below either end of the margin. The clearest pair
must be decided at the level of the table's intervals; once it is, the others share the risk of one pair less, and so
on, until one stays open (Holm 1979, with Sidak's levels and, in the first step, Tukey's). So every pair whose interval
decides is decided, and some others are. Where a pair is decided by a later step, its interval ends at the margin: that
is the bound which the steps have proved (Strassburger and Bretz 2008), and no interval contradicts its word.
"""

import math
from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np
from scipy import special

from loadtests.measurement.series import Numbers
from loadtests.measurement.simultaneous import sidak
from loadtests.measurement.statistics import Interval

# Lanes that may differ by more are never called equal, however coarse the run.
EQUAL_WITHIN = 0.1
MOST_ROUNDS = 1_000_000
# Quantiles and standard errors depend on the number of rounds: three corrections are plenty.
_CORRECTIONS = 3
_ROUNDING = 1e-9

Finding = Literal["above", "below", "alike", "open"]


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of a pair: its ratio is above or below the margin, alike within it, or open.

    `interval` agrees with the finding. `rounds_needed` is how many rounds in all would decide what is open if the ratio
    stayed what it is; None where it is decided, or no sensible number would.
    """

    interval: Interval
    finding: Finding
    rounds_needed: int | None = None


def decide(intervals: Sequence[Interval], margin: float) -> list[Decision]:
    """Decide about the pairs of one table; `margin` is a share, 0.02 for 2 %.

    "Alike" takes an interval within the margin and within 10 %.
    """
    wide, narrow = math.log1p(margin), math.log1p(min(margin, EQUAL_WITHIN))
    found = {index: _clearest(each, wide, narrow) for index, each in enumerate(intervals)}
    decided = [Decision(interval=each, finding="open") for each in intervals]
    for done, index in enumerate(sorted(found, key=lambda index: found[index][0])):
        p_value, finding = found[index]
        if p_value > max(intervals[index].level, sidak(len(intervals) - done)) + _ROUNDING:
            break
        decided[index] = Decision(interval=_narrowed(intervals[index], finding, wide, narrow), finding=finding)
    return _with_rounds(decided, wide, narrow)


def _clearest(interval: Interval, wide: float, narrow: float) -> tuple[float, Finding]:
    """Return what the pair comes nearest to showing, and the least level at which its interval would show it."""
    if interval.centre is None or interval.error is None or interval.freedom is None:
        return 2.0, "open"
    centre, middle = interval.centre, math.log(interval.ratio)
    distances: dict[Finding, float] = {
        "above": min(centre, middle) - wide,
        "below": -max(centre, middle) - wide,
        "alike": narrow - max(abs(centre), abs(middle)),
    }
    # The interval reaches to the median: where only the median is beyond a bound, no level helps.
    finding = max(distances, key=lambda each: distances[each])
    if distances[finding] <= 0:
        return 2.0, "open"
    far = {"above": centre - wide, "below": -centre - wide, "alike": narrow - abs(centre)}[finding]
    return 2 * float(special.stdtr(interval.freedom, -far / interval.error)), finding


def _narrowed(interval: Interval, finding: Finding, wide: float, narrow: float) -> Interval:
    """Return the interval with the ends that the finding has ruled out drawn in to the margin."""
    least = {"above": wide, "below": -math.inf, "alike": -narrow, "open": -math.inf}[finding]
    most = {"above": math.inf, "below": -wide, "alike": narrow, "open": math.inf}[finding]
    low, high = interval.low or 0.0, interval.high or math.inf
    return msgspec.structs.replace(interval, low=max(low, math.exp(least)), high=min(high, math.exp(most)))


def _with_rounds(decided: Sequence[Decision], wide: float, narrow: float) -> list[Decision]:
    """Add the rounds it would take to what is open."""
    waiting = [each.interval for each in decided if each.finding == "open" and each.interval.error is not None]
    needed = iter(_rounds_needed(waiting, wide, narrow))
    return [
        msgspec.structs.replace(each, rounds_needed=next(needed))
        if each.finding == "open" and each.interval.error is not None
        else each
        for each in decided
    ]


def _rounds_needed(intervals: Sequence[Interval], wide: float, narrow: float) -> list[int | None]:
    """Return at how many rounds the half-width is as small as the way from the ratio to the bound that would decide."""
    if not intervals:
        return []
    middle = np.abs(np.log([each.ratio for each in intervals]))
    room = np.where(middle > wide, middle - wide, narrow - middle)
    rounds = np.array([each.rounds for each in intervals], dtype=float)
    reachable = room > 0
    more = _until(intervals, rounds, np.where(reachable, room, 1.0))
    return [
        max(math.ceil(count), each.rounds + 1) if possible and count <= MOST_ROUNDS else None
        for count, possible, each in zip(more, reachable, intervals, strict=True)
    ]


def _until(intervals: Sequence[Interval], rounds: Numbers, room: Numbers) -> Numbers:
    allowed = np.array([each.allowance**2 for each in intervals])
    of_rounds = np.array([(each.error or 0.0) ** 2 for each in intervals]) - allowed
    free = np.array([each.freedom or 1.0 for each in intervals])
    tail = np.array([each.level / 2 for each in intervals])
    found = rounds
    for _ in range(_CORRECTIONS):
        quantiles = -special.stdtrit(free * np.maximum(found / rounds, 1.0), tail)
        left = (room / quantiles) ** 2 - allowed
        found = np.where(left > 0, rounds * of_rounds / np.where(left > 0, left, 1.0), math.inf)
    return np.asarray(found)
