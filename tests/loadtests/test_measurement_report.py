"""What a person reads at the end: the table in the terminal and the page."""

from rich.console import Console

from loadtests.measurement.conclude import Ledger, conclude
from loadtests.measurement.result import Summary
from loadtests.report import terminal
from tests.loadtests.measured import HELLO, record, subject


def summary() -> Summary:
    """Three lanes that serve about the same."""
    lanes = ("flask-thread", "django-thread", "fastapi-coroutine")
    ledger = Ledger([subject(lane) for lane in lanes])
    for number in range(1, 7):
        for lane in lanes:
            ledger.add(record(number, [10_000] * 1_000, lane=lane))
    return conclude(ledger, ceilings={}, rounds={str(HELLO): 6}, partial=False, warnings=[]).summary


def printed(found: Summary) -> str:
    console = Console(width=terminal.WIDTH, record=True, quiet=False, file=None)
    with console.capture() as captured:
        terminal.show(found, "run", console)
    return captured.get()


def test_the_terminal_says_what_a_rank_is() -> None:
    text = printed(summary())
    assert "The rank is one more than the number of lanes that surely serve more" in text
    assert "not told apart" not in text
