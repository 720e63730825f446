"""`trilane compare`: which lane serves which kind of work better."""

import datetime as dt
from typing import Annotated

import msgspec
import typer

from loadtests.commands import running

_Lane = Annotated[list[str] | None, typer.Option(help="Lanes, one by one or with commas; ten by default.")]
_Scenario = Annotated[list[str] | None, typer.Option(help="Kinds of work; hello, wait, articles and cpu by default.")]
_Users = Annotated[
    str | None, typer.Option(help="Users at a time, such as 1,8,64 or 1..512; 1 to 5000; 64 by default, under cpu 16.")
]
_Rate = Annotated[
    str | None,
    typer.Option(help="Open load: arrivals per second, for example 100,200; --users is then the most in flight."),
]
_Variant = Annotated[
    list[str] | None,
    typer.Option(help="Measure every lane with this changed, for example threads=16 or limit=50,pool=2; repeatable."),
]
_Preset = Annotated[
    str | None, typer.Option(help="quick (five minutes, the default) or full: all lanes and kinds of work, in an hour.")
]
_Rounds = Annotated[
    str | None, typer.Option(help="Rounds of each, 1 to 1000; as many as fit the preset's time by default.")
]
_Seconds = Annotated[str | None, typer.Option(help="The shortest slice, 0.1 to 60; 0.25 by default.")]
_Seed = Annotated[str | None, typer.Option(help="Shuffles the order of the lanes in each round; 1 by default.")]
_Cores = Annotated[str | None, typer.Option(help="How many cores the servers get; 1 by default.")]
_Control = Annotated[
    bool | None, typer.Option(help="Measure one lane twice (the default), to see what this run can tell.")
]


def compare(
    context: typer.Context,
    *,
    lane: _Lane = None,
    scenario: _Scenario = None,
    users: _Users = None,
    rate: _Rate = None,
    variant: _Variant = None,
    preset: _Preset = None,
    rounds: _Rounds = None,
    seconds: _Seconds = None,
    seed: _Seed = None,
    cores: _Cores = None,
    stack: running.Stack = None,
    database: running.Database = None,
    session_store: running.SessionStore = None,
    control: _Control = None,
    out: running.Out = None,
    as_json: running.AsJson = False,
    flame: running.Flame = False,
    target: running.Target = None,
    workers: running.Workers = None,
    expect_workers: running.ExpectWorkers = None,
    bind: running.Bind = None,
    lost_workers: running.LostWorkers = None,
    fail_on: running.FailOn = None,
    resume: running.Resume = None,
) -> None:
    """Load lanes in turn, in interleaved rounds, and say which serves which kind of work better."""
    from loadtests.measurement.run import compare as measure  # noqa: PLC0415 - keeps `trilane --help` quick
    from loadtests.measurement.store import default_folder  # noqa: PLC0415
    from loadtests.measurement.wish import QUICK, wish  # noqa: PLC0415

    must_hold = running.thresholds(fail_on or ())
    if resume is not None:
        running.require_alone(context)
        running.end(running.go_on(None, resume), resume, must_hold, as_json=as_json)
    wished = wish(
        lanes=lane or (),
        scenarios=scenario or (),
        users=users,
        rate=rate,
        variants=variant or (),
        preset=preset or QUICK,
        rounds=rounds,
        seconds=seconds,
        seed=seed or "1",
        cores=cores,
        stack=stack or "current",
        database=database,
        session_store=session_store,
        control=control is not False,
        targets=target or (),
        crewing=running.crewing(workers, expect_workers, bind, lost_workers),
    )
    wished = msgspec.structs.replace(wished, flame=flame)
    running.require_measured(must_hold, wished)
    folder = out or default_folder(dt.datetime.now().astimezone())
    compared = running.watched(lambda screen, stop: measure(wished, folder, screen, stop), folder)
    running.end(compared, folder, must_hold, as_json=as_json)
