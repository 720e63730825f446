"""`trilane compare`: which lane serves which kind of work better."""

import datetime as dt
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from backing.problem import Problem

if TYPE_CHECKING:
    from rich.console import Console

    from loadtests.measurement.run import Compared
    from loadtests.measurement.wish import Wish

INTERRUPTED = 130
UNTRUSTED = 3


_Lane = Annotated[list[str] | None, typer.Option(help="Lanes, one by one or with commas; ten by default.")]
_Scenario = Annotated[list[str] | None, typer.Option(help="Kinds of work: hello, wait, articles, cpu; all by default.")]
_Users = Annotated[str, typer.Option(help="Users at a time, for example 1,8,64; each 1 to 5000.")]
_Rounds = Annotated[str | None, typer.Option(help="Rounds of each, 1 to 1000; as many as fit four minutes by default.")]
_Seconds = Annotated[str | None, typer.Option(help="The shortest slice, 0.1 to 60; 0.5 by default.")]
_Seed = Annotated[str, typer.Option(help="Shuffles the order of the lanes in each round.")]
_Cores = Annotated[str | None, typer.Option(help="How many cores the servers get; 1 by default.")]
_Stack = Annotated[str, typer.Option(help="current or vintage.")]
_Out = Annotated[Path | None, typer.Option(help="A new folder for the results; runs/<time> by default.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print summary.json instead of the table.")]


def compare(
    *,
    lane: _Lane = None,
    scenario: _Scenario = None,
    users: _Users = "64",
    rounds: _Rounds = None,
    seconds: _Seconds = None,
    seed: _Seed = "1",
    cores: _Cores = None,
    stack: _Stack = "current",
    out: _Out = None,
    as_json: _AsJson = False,
) -> None:
    """Load lanes in turn, in interleaved rounds, and say which serves which kind of work better."""
    from loadtests.measurement.store import default_folder  # noqa: PLC0415 - keeps `trilane --help` quick
    from loadtests.measurement.wish import wish  # noqa: PLC0415

    wished = wish(
        lanes=lane or (),
        scenarios=scenario or (),
        users=users,
        rounds=rounds,
        seconds=seconds,
        seed=seed,
        cores=cores,
        stack=stack,
    )
    folder = out or default_folder(dt.datetime.now().astimezone())
    compared = _run(wished, folder)
    _print(compared, folder, as_json=as_json)
    raise typer.Exit(_exit_code(compared))


def _run(wished: "Wish", folder: Path) -> "Compared":
    from rich.console import Console  # noqa: PLC0415

    from loadtests.measurement.interrupts import Interrupts  # noqa: PLC0415
    from loadtests.measurement.run import compare as run  # noqa: PLC0415
    from loadtests.report.live import watching  # noqa: PLC0415

    console = Console(stderr=True)
    with Interrupts(partial(_leave, console)).watched() as stop:
        try:
            with watching(console) as screen:
                return run(wished, folder, screen, stop)
        except KeyboardInterrupt:
            raise Stopped(f"interrupted before the first round; {folder} holds what was found until then") from None


def _leave(console: "Console") -> None:
    """Give the terminal its cursor back, which the live table hides."""
    console.show_cursor(True)


class Stopped(Problem):
    """The person stopped it before there was anything to report."""

    exit_code = INTERRUPTED


def _print(compared: "Compared", folder: Path, *, as_json: bool) -> None:
    from rich.console import Console  # noqa: PLC0415

    from loadtests.report.terminal import WIDTH, show  # noqa: PLC0415

    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(compared.summary), indent=1).decode() + "\n")
        return
    console = Console()
    show(compared.summary, str(folder), console if console.is_terminal else Console(width=WIDTH))


def _exit_code(compared: "Compared") -> int:
    if compared.broken is not None:
        return UNTRUSTED
    if compared.summary.partial:
        return INTERRUPTED
    return 0 if any(cell.valid for cell in compared.summary.cells) else UNTRUSTED
