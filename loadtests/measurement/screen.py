"""What a run tells whoever watches it."""

from typing import Protocol

from loadtests.measurement.plan import Plan, Turn
from loadtests.measurement.record import Record


class Screen(Protocol):
    """Who watches a run."""

    def say(self, text: str) -> None:
        """Show what is being done."""

    def begin(self, plan: Plan) -> None:
        """Show that the rounds begin."""

    def turn(self, turn: Turn, plan: Plan) -> None:
        """Show that a round begins."""

    def record(self, record: Record) -> None:
        """Show the latest figures."""
