"""What one look at an app found: a typed value, so that a command, a test and a report can each say it their way."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Outcome(Enum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Check:
    """One claim about an app. `reason` says what was found instead, or why nobody looked."""

    name: str
    outcome: Outcome
    reason: str = ""

    @property
    def passed(self) -> bool:
        """Tell whether the claim held."""
        return self.outcome is Outcome.PASSED

    @property
    def failed(self) -> bool:
        """Tell whether the claim did not hold."""
        return self.outcome is Outcome.FAILED


def judged(name: str, differences: Iterable[str]) -> Check:
    """Return a check that passes when there is no difference to name."""
    reason = "; ".join(differences)
    return Check(name, Outcome.FAILED if reason else Outcome.PASSED, reason)


def skipped(name: str, reason: str) -> Check:
    """Return a check that nobody could make here, with the reason."""
    return Check(name, Outcome.SKIPPED, reason)
