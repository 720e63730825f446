"""`trilane run EXPERIMENT`: one named plan, from its question to sentences that answer it."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from loadtests.commands import isolation, running
from loadtests.isolation import NAME

if TYPE_CHECKING:
    from loadtests.experiments.planning import Planned
    from loadtests.measurement.run import Compared
    from loadtests.workers.crewing import Crewing

_Experiment = Annotated[str, typer.Argument(help="Its name; `trilane experiments` lists them.")]
_Preset = Annotated[
    str | None, typer.Option(help="quick (the default) or full; `trilane experiments` says how long each takes.")
]
_Lane = Annotated[list[str] | None, typer.Option(help="Lanes, one by one or with commas; the preset's by default.")]
_Users = Annotated[str | None, typer.Option(help="Users at a time, for example 1,8,64; the preset's by default.")]
_Rounds = Annotated[str | None, typer.Option(help="Rounds of each, 1 to 1000; as many as fit the preset's time.")]
_Seconds = Annotated[str | None, typer.Option(help="The shortest slice, 0.1 to 60; the experiment's by default.")]
_Seed = Annotated[str | None, typer.Option(help="Shuffles the order of the cells in each round; 1 by default.")]


def run(
    context: typer.Context,
    experiment: _Experiment,
    *,
    preset: _Preset = None,
    lane: _Lane = None,
    users: _Users = None,
    rounds: _Rounds = None,
    seconds: _Seconds = None,
    seed: _Seed = None,
    stack: running.Stack = None,
    database: running.Database = None,
    session_store: running.SessionStore = None,
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
    """Run an experiment and say what its figures answer."""
    from loadtests.experiments.table import find  # noqa: PLC0415 - keeps `trilane --help` quick
    from loadtests.measurement.store import default_folder  # noqa: PLC0415

    if experiment == NAME:
        isolation.isolation(database=database, out=out, as_json=as_json, given=running.given(context))
    name = find(experiment).name
    must_hold = running.thresholds(fail_on or ())
    if resume is not None:
        running.require_alone(context)
        compared, folder = running.go_on(name, resume), resume
    else:
        planned = _planned(
            name,
            preset or "quick",
            lane or (),
            users=users,
            rounds=rounds,
            seconds=seconds,
            seed=seed or "1",
            stack=stack or "current",
            database=database,
            session_store=session_store,
            targets=target or (),
            crewing=running.crewing(workers, expect_workers, bind, lost_workers),
        )
        planned = msgspec.structs.replace(planned, wish=msgspec.structs.replace(planned.wish, flame=flame))
        running.require_measured(must_hold, planned.wish)
        folder = out or default_folder(dt.datetime.now().astimezone())
        compared = _measure(planned, folder)
    running.end(compared, folder, must_hold, as_json=as_json)


def _planned(
    name: str,
    preset: str,
    lanes: "list[str] | tuple[()]",
    *,
    users: str | None,
    rounds: str | None,
    seconds: str | None,
    seed: str,
    stack: str,
    database: str | None,
    session_store: str | None,
    targets: "list[str] | tuple[()]",
    crewing: "Crewing | None",
) -> "Planned":
    from loadtests.experiments import table  # noqa: PLC0415
    from loadtests.experiments.planning import plan  # noqa: PLC0415
    from loadtests.measurement.cores import available, share_out  # noqa: PLC0415
    from loadtests.measurement.wish import wish  # noqa: PLC0415

    experiment = table.find(name)
    asked = wish(
        lanes=lanes,
        users=users,
        rounds=rounds,
        seconds=seconds,
        seed=seed,
        stack=stack,
        database=database,
        session_store=session_store,
        targets=targets,
        crewing=crewing,
    )
    return plan(
        experiment,
        table.preset(experiment, preset),
        share_out(None, available()),
        lanes=asked.lanes if lanes or targets else (),
        users=asked.users if users else (),
        rounds=asked.rounds,
        seconds=asked.seconds if seconds else None,
        seed=asked.seed,
        stack=asked.stack,
        database=asked.database,
        session_store=asked.session_store,
        targets=asked.targets,
        crewing=asked.crewing,
    )


def _measure(planned: "Planned", folder: Path) -> "Compared":
    from loadtests.measurement.run import compare  # noqa: PLC0415

    return running.watched(lambda screen, stop: compare(planned.wish, folder, screen, stop), folder)
