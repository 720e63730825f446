"""What the commands that measure in rounds share: run under watch, print what was found, and choose the exit code."""

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from backing.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from loadtests.measurement.interrupts import Interrupts
    from loadtests.measurement.run import Compared, Screen

INTERRUPTED = 130
UNTRUSTED = 3
Result = TypeVar("Result")


class Stopped(Problem):
    """The person stopped it before there was anything to report."""

    exit_code = INTERRUPTED


def watched(measure: "Callable[[Screen, Interrupts], Result]", folder: Path) -> "Result":
    """Measure with a live table on standard error; the first Ctrl-C drains and reports, the second stops at once."""
    from rich.console import Console  # noqa: PLC0415 - keeps `trilane --help` quick

    from loadtests.measurement.interrupts import Interrupts  # noqa: PLC0415
    from loadtests.report.live import watching  # noqa: PLC0415

    console = Console(stderr=True)
    with Interrupts(partial(_leave, console)).watched() as stop:
        try:
            with watching(console) as screen:
                return measure(screen, stop)
        except KeyboardInterrupt:
            raise Stopped(f"interrupted before the first round; {folder} holds what was found until then") from None


def _leave(console: "Console") -> None:
    """Give the terminal its cursor back, which the live table hides."""
    console.show_cursor(True)


def show(compared: "Compared", folder: Path, *, as_json: bool) -> None:
    """Print the tables and sentences, or the summary as JSON."""
    from rich.console import Console  # noqa: PLC0415

    from loadtests.report.terminal import WIDTH  # noqa: PLC0415
    from loadtests.report.terminal import show as show_tables  # noqa: PLC0415

    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(compared.summary), indent=1).decode() + "\n")
        return
    console = Console()
    show_tables(compared.summary, str(folder), console if console.is_terminal else Console(width=WIDTH))


def exit_code(compared: "Compared") -> int:
    """Return 0 when it is done, 3 when it cannot be trusted, 130 when it was interrupted."""
    if compared.broken is not None:
        return UNTRUSTED
    if compared.summary.partial:
        return INTERRUPTED
    return 0 if any(cell.valid for cell in compared.summary.cells) else UNTRUSTED
