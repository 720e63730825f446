"""Find the highest rate that holds: double, bisect, and confirm over a longer window.

Nothing is extrapolated: every rate that is named was asked for.
"""

import contextlib
import math
from collections.abc import Callable

import msgspec

from loadtests.capacity.result import Purpose, Step

# Holding and breaking rates closer than this are close enough.
PRECISION = 1.04
# A confirmation that fails is tried again this much lower.
STEP_DOWN = 0.95
_MOST_CONFIRMATIONS = 6
LEAST_PER_S = 0.5
MOST_PER_S = 100_000.0
_FIGURES = 3

Try = Callable[[float, Purpose], Step]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The highest step that holds, the lowest above it that does not, and all steps in order."""

    holds: Step | None
    breaks: Step | None
    confirmed: bool
    steps: list[Step]


class _ServerEnded(Exception):  # noqa: N818 - it ends the search, it is no error
    """The lane's server ended: no rate can be asked for any more."""


class Search:
    """A search in progress; what it knows is in `found()` at any time, so an interrupted one leaves what it has."""

    def __init__(self, ask: Try) -> None:
        self._ask = ask
        self._steps: list[Step] = []
        self._confirmed: Step | None = None

    def run(self, start_per_s: float) -> None:
        """Double from `start_per_s` until a rate breaks, bisect to within 4 %, and confirm; it ends with the server."""
        with contextlib.suppress(_ServerEnded):
            self._search(start_per_s)

    def _search(self, start_per_s: float) -> None:
        held, broke = self._doubled(rounded(start_per_s))
        if held is not None and broke is not None:
            held = self._bisected(held, broke)
        if held is not None:
            self._confirm(held)

    def found(self) -> Found:
        """Return what is known so far."""
        holds = self._confirmed or self._highest_that_holds()
        rate = 0.0 if holds is None else holds.rate_per_s
        above = [step for step in self._steps if not step.holds and step.rate_per_s > rate]
        return Found(
            holds=holds,
            breaks=min(above, key=lambda step: (step.rate_per_s, not step.server_ended), default=None),
            confirmed=self._confirmed is not None,
            steps=list(self._steps),
        )

    def _highest_that_holds(self) -> Step | None:
        """Return the highest rate that held and did not break, there or below, when it was asked for again."""
        verdicts = {step.rate_per_s: step for step in self._steps}
        least_broken = min((rate for rate, step in verdicts.items() if not step.holds), default=math.inf)
        holding = [step for rate, step in verdicts.items() if step.holds and rate < least_broken]
        return max(holding, key=lambda step: step.rate_per_s, default=None)

    def _holds(self, rate: float, purpose: Purpose) -> bool:
        """Ask for a rate, and once more if it breaks: another program may have had the core."""
        return any(self._asked(rate, purpose).holds for _ in range(2))

    def _asked(self, rate: float, purpose: Purpose) -> Step:
        step = self._ask(rate, purpose)
        self._steps.append(step)
        if step.server_ended:
            raise _ServerEnded
        return step

    def _doubled(self, rate: float) -> tuple[float | None, float | None]:
        """Return a rate that holds and its double that does not; None where there is no such rate."""
        if not self._holds(rate, "doubling"):
            return self._halved(rate)
        while (double := rounded(rate * 2)) <= MOST_PER_S:
            if not self._holds(double, "doubling"):
                return rate, double
            rate = double
        return rate, None

    def _halved(self, rate: float) -> tuple[float | None, float | None]:
        while (half := rounded(rate / 2)) >= LEAST_PER_S:
            if self._holds(half, "doubling"):
                return half, rate
            rate = half
        return None, rate

    def _bisected(self, held: float, broke: float) -> float:
        while broke > held * PRECISION:
            middle = rounded(math.sqrt(held * broke))
            if not held < middle < broke:
                break
            if self._holds(middle, "bisection"):
                held = middle
            else:
                broke = middle
        return held

    def _confirm(self, rate: float) -> None:
        """Ask for a rate over a longer window, once: the better of two would confirm what holds half of the time."""
        for _ in range(_MOST_CONFIRMATIONS):
            step = self._asked(rate, "confirmation")
            if step.holds:
                self._confirmed = step
                return
            rate = rounded(rate * STEP_DOWN)


def rounded(rate: float) -> float:
    """Return a rate with three figures that count."""
    return float(f"{rate:.{_FIGURES}g}")
