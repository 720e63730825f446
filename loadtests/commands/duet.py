"""`trilane duet`: what one change costs, measured with both sides on one core at the same moment."""

import datetime as dt
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from loadtests.commands import running
from loadtests.commands.running import INTERRUPTED, NOT_MET, UNTRUSTED
from loadtests.duet.length import DEFAULT_SECONDS, LEAST_SECONDS, MOST_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loadtests.duet.conditions import Condition
    from loadtests.duet.run import Played
    from loadtests.measurement.thresholds import Threshold

_Lane = Annotated[str, typer.Argument(help="The lane of both sides, or of side a.")]
_Other = Annotated[str | None, typer.Argument(help="The lane of side b: another one only with --forced.")]
_Scenario = Annotated[str, typer.Option(help="The kind of work, for example hello.")]
_SetA = Annotated[list[str] | None, typer.Option(help="FACTOR=VALUE of side a: stack, workers, threads, pool, …")]
_SetB = Annotated[list[str] | None, typer.Option(help="FACTOR=VALUE of side b; one thing may differ.")]
_CheckoutB = Annotated[Path | None, typer.Option(help="The folder of another checkout, whose app is side b.")]
_Seconds = Annotated[
    str | None,
    typer.Option(
        help=f"What the whole command may take, {LEAST_SECONDS:g} to {MOST_SECONDS:g}; {DEFAULT_SECONDS:g} by default."
    ),
]
_Users = Annotated[str | None, typer.Option(help="Users of each side; as many as fill the core by default.")]
_Seed = Annotated[str, typer.Option(help="Makes the hashes of both sides' dicts, start by start.")]
_Forced = Annotated[bool, typer.Option("--forced", help="Run unlike sides too, and say so beside the figure.")]
_Database = Annotated[str | None, typer.Option(help="postgresql (the default) or mariadb.")]
_Out = Annotated[Path | None, typer.Option(help="A new folder for the results; runs/<time> by default.")]
_FailOn = Annotated[
    list[str] | None, typer.Option(help="Exit with 1 unless it holds: 'ratio: cpu_us_per_request < 1.05', a ÷ b.")
]
_AsJson = Annotated[bool, typer.Option("--json", help="Print summary.json instead of the table.")]


def duet(
    *,
    lane: _Lane,
    other: _Other = None,
    scenario: _Scenario = "hello",
    set_a: _SetA = None,
    set_b: _SetB = None,
    checkout_b: _CheckoutB = None,
    seconds: _Seconds = None,
    users: _Users = None,
    seed: _Seed = "1",
    forced: _Forced = False,
    database: _Database = None,
    out: _Out = None,
    as_json: _AsJson = False,
    fail_on: _FailOn = None,
) -> None:
    """Load two servers at the same moment on one core, and say what the one thing costs in which they differ."""
    from loadtests.duet.conditions import is_on_ratio, parse  # noqa: PLC0415 - keeps `trilane --help` quick
    from loadtests.duet.run import play  # noqa: PLC0415
    from loadtests.duet.wish import duet as read  # noqa: PLC0415
    from loadtests.measurement.store import default_folder  # noqa: PLC0415

    asked = read(
        lane=lane,
        other=other,
        scenario=scenario,
        set_a=set_a or [],
        set_b=set_b or [],
        checkout_b=checkout_b,
        seconds=seconds,
        users=users,
        seed=seed,
        forced=forced,
        database=database,
    )
    typed = fail_on or []
    of_ratio = [parse(text) for text in typed if is_on_ratio(text)]
    of_sides = running.thresholds([text for text in typed if not is_on_ratio(text)])
    folder = out or default_folder(dt.datetime.now().astimezone())
    played = running.watched(lambda screen, stop: play(asked, folder, screen, stop, began_s=_began_s()), folder)
    _print(played, folder, as_json=as_json)
    raise typer.Exit(_exit_code(played, of_ratio, of_sides))


def _began_s() -> float:
    """Return when this program was started, by the monotonic clock: its own start counts too."""
    import psutil  # noqa: PLC0415 - keeps `trilane --help` quick

    return time.monotonic() - max(0.0, time.time() - float(psutil.Process().create_time()))


def _print(played: "Played", folder: Path, *, as_json: bool) -> None:
    from rich.console import Console  # noqa: PLC0415

    from loadtests.duet.terminal import show  # noqa: PLC0415
    from loadtests.report.terminal import WIDTH  # noqa: PLC0415

    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(played.summary), indent=1).decode() + "\n")
        return
    console = Console()
    show(played, str(folder), console if console.is_terminal else Console(width=WIDTH))


def _exit_code(played: "Played", of_ratio: "Sequence[Condition]", of_sides: "Sequence[Threshold]") -> int:
    """Return 0 when it is done, 1 when something does not hold, 3 when a side is not valid, 130 when interrupted."""
    from loadtests.duet import conditions  # noqa: PLC0415
    from loadtests.measurement import thresholds  # noqa: PLC0415

    if played.broken is not None:
        return UNTRUSTED
    if played.summary.partial:
        return INTERRUPTED
    if not all(cell.valid for cell in played.summary.cells):
        return UNTRUSTED
    broken = [*conditions.judge(of_ratio, played.summary), *thresholds.judge(of_sides, played.summary)]
    sys.stderr.writelines(f"{sentence}\n" for sentence in broken)
    return NOT_MET if broken else 0
