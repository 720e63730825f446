"""What the commands that measure in rounds share: run under watch, print what was found, and choose the exit code."""

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar

import msgspec
import typer

from backing.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import Console

    from loadtests.measurement.interrupts import Interrupts
    from loadtests.measurement.run import Compared
    from loadtests.measurement.screen import Screen
    from loadtests.measurement.thresholds import Threshold
    from loadtests.measurement.wish import Wish
    from loadtests.workers.crewing import Crewing

Stack = Annotated[str | None, typer.Option(help="current (the default) or vintage.")]
SessionStore = Annotated[str | None, typer.Option(help="cookie (the default) or valkey.")]
Database = Annotated[str | None, typer.Option(help="postgresql (the default) or mariadb.")]
Out = Annotated[Path | None, typer.Option(help="A new folder for the results; runs/<time> by default.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print summary.json instead of the tables.")]
FailOn = Annotated[
    list[str] | None, typer.Option(help="Exit with 1 unless it holds, for example 'flask-thread/hello: qps > 500'.")
]
Resume = Annotated[Path | None, typer.Option(help="Go on with the run in this folder, that ended before its time.")]

Target = Annotated[
    list[str] | None,
    typer.Option(help="LANE=URL: a lane that runs elsewhere already, for example flask-thread=http://10.0.0.2:8000."),
]
Workers = Annotated[str | None, typer.Option(help="Make the load with so many processes on this machine.")]
ExpectWorkers = Annotated[
    str | None, typer.Option(help="Make the load with so many workers of other machines, and wait for them.")
]
Bind = Annotated[
    str | None, typer.Option(help="This machine's address for those workers, HOST or HOST:PORT; 127.0.0.1:5557.")
]
LostWorkers = Annotated[
    str | None, typer.Option(help="When a worker is lost: stop (the default), or go-on with those left.")
]
Flame = Annotated[
    bool, typer.Option("--flame", help="After the rounds, record a flame graph of each cell with py-spy: 4 s each.")
]

INTERRUPTED = 130
UNTRUSTED = 3
NOT_MET = 1
# They say which run is gone on with, what is to hold in the end, and how that is told; none of them plans anything.
_BESIDE_RESUME = {"experiment", "resume", "fail_on", "as_json"}
Result = TypeVar("Result")


class Stopped(Problem):
    """The person stopped it before there was anything to report."""

    exit_code = INTERRUPTED


def given(context: typer.Context) -> set[str]:
    """Return the names of the options and arguments that were typed; all others have their defaults."""
    return {name for name in context.params if _source(context, name) == "COMMANDLINE"}


def _source(context: typer.Context, name: str) -> str | None:
    # By name, because Typer brings a Click of its own, whose enumeration is not Click's.
    source = context.get_parameter_source(name)
    return None if source is None else source.name


def require_alone(context: typer.Context) -> None:
    """Raise `Problem` where --resume stands beside an option that plans a run."""
    if given(context) - _BESIDE_RESUME:
        raise Problem("--resume goes on with a run as it was planned: give no other option that plans one")


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
            kept = f"{folder} holds what was found until then" if folder.exists() else "nothing was kept"
            raise Stopped(f"interrupted before the first round; {kept}") from None


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


def go_on(experiment: str | None, folder: Path) -> "Compared":
    """Go on with a run that was ended before its time; raise `Problem` when it is not the experiment that is named."""
    from loadtests.measurement.run import resume  # noqa: PLC0415
    from loadtests.measurement.store import ROUNDS, instrument, read_run  # noqa: PLC0415

    begun = read_run(folder)
    if (kind := instrument(begun.command)) != ROUNDS:
        raise Problem(f"--resume {folder}: a {kind} cannot be gone on with; start it again")
    held = begun.wish.experiment
    if held != experiment:
        command = "compare" if held is None else f"run {held}"
        raise Problem(f"--resume {folder}: this run was begun by `trilane {command}`, so go on with that")
    return watched(lambda screen, stop: resume(folder, screen, stop), folder)


def end(compared: "Compared", folder: Path, must_hold: "Sequence[Threshold]", *, as_json: bool) -> NoReturn:
    """Print what was found and leave with the exit code."""
    show(compared, folder, as_json=as_json)
    raise typer.Exit(exit_code(compared, must_hold))


def crewing(
    workers: str | None, expect_workers: str | None, bind: str | None, lost_workers: str | None
) -> "Crewing | None":
    """Read who makes the load; None for the load agent alone."""
    from loadtests.workers.crewing import crewing as read  # noqa: PLC0415

    return read(workers=workers, expect_workers=expect_workers, bind=bind, lost_workers=lost_workers)


def thresholds(fail_on: "Sequence[str]") -> "list[Threshold]":
    """Read what must hold, before anything is measured; raise `Problem` with what is wrong in it."""
    from loadtests.measurement.thresholds import parse  # noqa: PLC0415

    return [parse(text) for text in fail_on]


def require_measured(must_hold: "Sequence[Threshold]", wished: "Wish") -> None:
    """Raise `Problem` before anything is measured where a condition is about nothing that the run will measure."""
    if must_hold:
        from loadtests.measurement import thresholds  # noqa: PLC0415

        thresholds.require_measured(must_hold, wished)


def exit_code(compared: "Compared", must_hold: "Sequence[Threshold]" = ()) -> int:
    """Return 0 when it is done, 1 when something does not hold, 3 when it cannot be trusted, 130 when interrupted.

    Says on standard error what does not hold.
    """
    not_met = _not_met(compared, must_hold)
    if compared.broken is not None:
        return UNTRUSTED
    if compared.summary.partial:
        return INTERRUPTED
    if not any(cell.valid for cell in compared.summary.cells):
        return UNTRUSTED
    if any(control.agrees is False for control in compared.summary.controls):
        return UNTRUSTED
    return NOT_MET if not_met else 0


def _not_met(compared: "Compared", must_hold: "Sequence[Threshold]") -> bool:
    if not must_hold:
        return False
    from loadtests.measurement.thresholds import judge  # noqa: PLC0415

    broken = judge(must_hold, compared.summary)
    sys.stderr.writelines(f"{sentence}\n" for sentence in broken)
    return bool(broken)
