"""Whether there is time to measure a slice again: what is left of the plan comes first."""

import time
from collections.abc import Callable

from loadtests.measurement.plan import REPORT_S

# A run may take so much longer than its budget for slices that are measured again: 280 seconds become 294, and to start
# and end the program still fits into five minutes.
REPEATS_SHARE = 0.05


class Spare:
    """Knows what is left of a plan, and until when it must be measured; times are those of the monotonic clock.

    A slice is `measured` each time, and `done` when it is not measured again.
    """

    def __init__(self, *, left_s: float, until_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._left_s = left_s
        self._until_s = until_s
        self._clock = clock
        self._began_s = clock()
        self._planned_s = 0.0

    def measured(self, cost_s: float) -> None:
        """Note that a slice which should take `cost_s` was measured."""
        self._planned_s += cost_s

    def done(self, cost_s: float) -> None:
        """Note that a slice of the plan, which should take `cost_s`, needs no time any more."""
        self._left_s -= cost_s

    def allows_repeat(self) -> bool:
        """Tell whether the slice measured last, not `done` yet, and all that follow still fit, at the pace so far."""
        now_s = self._clock()
        # Where slices were quicker than planned, those to come may not be.
        pace = max(1.0, (now_s - self._began_s) / self._planned_s) if self._planned_s else 1.0
        return now_s + pace * self._left_s <= self._until_s


def within(budget_s: float, *, began_s: float, left_s: float, clock: Callable[[], float] = time.monotonic) -> Spare:
    """Return what time there is beside the `left_s` of a plan in a run of `budget_s` that began at `began_s`.

    No kind of work gets fewer rounds than can be told apart, so a plan may take longer than the budget: then the time
    that it takes is what was promised.
    """
    planned_s = clock() - began_s + left_s + REPORT_S
    may_take_s = max(budget_s, planned_s) * (1 + REPEATS_SHARE)
    return Spare(left_s=left_s, until_s=began_s + may_take_s - REPORT_S, clock=clock)
