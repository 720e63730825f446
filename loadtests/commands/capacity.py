"""`trilane capacity`: the highest rate of arrivals at which a lane keeps what was promised."""

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from loadtests.commands import running

if TYPE_CHECKING:
    from loadtests.capacity.result import Capacity

NOT_MET = 1

_Lane = Annotated[str, typer.Argument(help="A lane; `trilane lanes` lists them.")]
_Scenario = Annotated[str, typer.Option(help="One kind of work.")]
_Slo = Annotated[str, typer.Option(help="What must hold, for example 'p99<100ms,errors<0.1%'.")]
_Users = Annotated[str, typer.Option(help="The most requests in flight, 1 to 5000.")]
_Seconds = Annotated[str, typer.Option(help="How long each rate is held; four times as long to confirm.")]
_Seed = Annotated[str, typer.Option(help="Draws the arrivals.")]
_Cores = Annotated[str | None, typer.Option(help="How many cores the server gets; 1 by default.")]
_Stack = Annotated[str, typer.Option(help="current or vintage.")]
_Out = Annotated[Path | None, typer.Option(help="A new folder for the results; runs/<time> by default.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def capacity(
    lane: _Lane,
    *,
    scenario: _Scenario,
    slo: _Slo,
    users: _Users = "1000",
    seconds: _Seconds = "3",
    seed: _Seed = "1",
    cores: _Cores = None,
    stack: _Stack = "current",
    out: _Out = None,
    as_json: _AsJson = False,
) -> None:
    """Double the rate of an open load, bisect and confirm: the highest that holds, and why it stops there."""
    from loadtests.capacity.find import Asks, find  # noqa: PLC0415 - keeps `trilane --help` quick
    from loadtests.capacity.slo import parse  # noqa: PLC0415
    from loadtests.measurement.store import default_folder  # noqa: PLC0415
    from loadtests.measurement.wish import wish  # noqa: PLC0415

    wished = wish(
        lanes=[_one("LANE", lane)],
        scenarios=[_one("--scenario", scenario)],
        users=_one("--users", users),
        seconds=seconds,
        seed=seed,
        cores=cores,
        stack=stack,
    )
    parse(slo)
    folder = out or default_folder(dt.datetime.now().astimezone())
    asks = Asks(wish=wished, slo=slo, seconds=wished.seconds)
    found = running.watched(lambda screen, stop: find(asks, folder, screen, stop), folder)
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(found), indent=1).decode() + "\n")
    else:
        typer.echo(f"{found.sentence}\nEverything is in {folder}/: capacity.json, run.json, slices.jsonl.")
    raise typer.Exit(exit_code(found))


def _one(option: str, text: str) -> str:
    from backing.problem import Problem  # noqa: PLC0415

    if "," in text or ".." in text or "…" in text:
        raise Problem(f"{option} {text}: give one; a search is made for one lane under one kind of work")
    return text


def exit_code(found: "Capacity") -> int:
    """Return 0 for a rate that was confirmed, 1 for none, 3 where only the generator was seen, 130 when interrupted."""
    if found.partial:
        return running.INTERRUPTED if found.interrupted else running.UNTRUSTED
    if found.rate_per_s is None:
        return running.UNTRUSTED if all(step.generator_bound for step in found.steps) else NOT_MET
    return 0 if found.confirmed else NOT_MET
