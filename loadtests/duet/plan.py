"""Decide before the first window that counts how often both servers are started anew, and for how many windows each.

More starts average out what two processes of one program differ by, more windows what a window's noise is; starting
costs time in which nothing is measured.
"""

import math

import msgspec
from scipy import special

from loadtests.measurement.plan import Timing
from loadtests.measurement.statistics import BETWEEN_STARTS

# What the development machine showed between windows of one pair, as a share. This and what starts differ by only share
# the time out; the interval is made of what the run itself shows.
BETWEEN_WINDOWS = 0.025
CONFIDENCE = 0.95
LEAST_STARTS = 3
MOST_STARTS = 40
LEAST_WINDOWS = 2
MOST_WINDOWS = 40


class DuetPlan(msgspec.Struct, frozen=True, kw_only=True):
    """`starts` pairs of servers, `windows` windows each, all with one timing."""

    users: int
    starts: int
    windows: int
    timing: Timing
    expected_s: float

    @property
    def total(self) -> int:
        """Return how many windows there are in all."""
        return self.starts * self.windows

    @property
    def windows_s(self) -> float:
        """Return what the windows of one start take."""
        return self.windows * self.timing.cost_s

    def numbers(self, start: int) -> range:
        """Return the windows of a start, both counted from 1."""
        return range((start - 1) * self.windows + 1, start * self.windows + 1)


def make_plan(timing: Timing, *, users: int, left_s: float, start_s: float) -> DuetPlan:
    """Share `left_s` out so that the interval should be narrowest; the first pair is up, each further costs `start_s`.

    Three starts of two windows are the least that has an interval, whether they fit or not.
    """
    fitting = [
        (expected_half_width(starts, windows), starts, windows)
        for starts in range(LEAST_STARTS, MOST_STARTS + 1)
        for windows in (_windows_within(left_s - (starts - 1) * start_s, starts, timing),)
        if windows >= LEAST_WINDOWS
    ]
    _, starts, windows = min(fitting, default=(0.0, LEAST_STARTS, LEAST_WINDOWS))
    expected_s = (starts - 1) * start_s + starts * windows * timing.cost_s
    return DuetPlan(users=users, starts=starts, windows=windows, timing=timing, expected_s=expected_s)


def _windows_within(seconds: float, starts: int, timing: Timing) -> int:
    return min(MOST_WINDOWS, math.floor(max(0.0, seconds) / starts / timing.cost_s))


def expected_half_width(starts: int, windows: int) -> float:
    """Return the half-width of the interval, as a share, that so many starts and windows should have."""
    variance = BETWEEN_STARTS**2 + BETWEEN_WINDOWS**2 / windows
    return -float(special.stdtrit(starts - 1, (1 - CONFIDENCE) / 2)) * math.sqrt(variance / starts)
