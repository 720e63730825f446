"""Go on with a run that was stopped: what it holds, what is missing, and whether this is still the same machine."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from backing.problem import Problem
from loadtests.doctor import Machine, software
from loadtests.doctor.finding import Kernel
from loadtests.measurement import about
from loadtests.measurement.about import Run
from loadtests.measurement.cores import available, share_out
from loadtests.measurement.group import Group, group_of
from loadtests.measurement.plan import Turn
from loadtests.measurement.record import Record
from loadtests.measurement.result import SCHEMA_VERSION
from loadtests.measurement.store import read_records, read_run
from loadtests.servers import LANES

# One cell in one round.
Slot = tuple[Group, str, int]


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """What a run left: its description, its slices, and which cells need not be measured again in which round."""

    about: Run
    records: list[Record]
    measured: frozenset[Slot]


def slot(turn: Turn, name: str) -> Slot:
    """Return which cell in which round a slice of a turn is for."""
    return (turn.group, name, turn.round)


def resumable(folder: Path) -> Earlier:
    """Read what a run left; raise `Problem` when there is nothing to go on with, or it would not be the same run."""
    run = read_run(folder)
    if run.finished_at is not None:
        raise Problem(f"--resume {folder}: this run is complete; there is nothing left to measure")
    if unknown := [name for name in run.wish.lanes if name not in LANES]:
        raise Problem(
            f"--resume {folder}: there is no lane {', '.join(unknown)}, which this run measures; name the file that "
            "holds it again, as in `trilane --lanes FILE compare --resume …`"
        )
    if (differs := next(_differences(run), None)) is not None:
        raise Problem(f"--resume {folder}: {differs}; what follows would not be the same run: start a new one")
    records = read_records(folder)
    return Earlier(
        about=msgspec.structs.replace(run, resumed_at=[*run.resumed_at, about.now()]),
        records=records,
        measured=frozenset(_slot(record) for record in records if record.round and not _to_be_repeated(record)),
    )


def _slot(record: Record) -> Slot:
    return (group_of(record), record.name, record.round)


def _to_be_repeated(record: Record) -> bool:
    """Whether the person or another program took the slice away; any other void one was the lane's own fault."""
    return record.repeated or (record.client is not None and record.client.interrupted)


def _differences(run: Run) -> Iterator[str]:
    """Say what is not as it was."""
    if run.schema_version != SCHEMA_VERSION:
        yield f"it was written by another version of this program (schema {run.schema_version}, now {SCHEMA_VERSION})"
    # Where it ended before the machine was looked at, nothing was measured on it.
    if run.machine is not None:
        ours, theirs = _host(software.machine(Kernel(), software.usable_cores())), _host(run.machine.machine)
        if ours != theirs:
            yield f"it ran on {theirs}, this is {ours}"
    now = about.run(run.wish, share_out(run.wish.server_cores, available()))
    if run.cores != now.cores:
        yield f"it had the cores {_shown_cores(run)}, now there are {_shown_cores(now)}"
    if run.source != now.source:
        yield f"it ran {_shown(run)}, here is {_shown(now)}"
    if changed := _changed(run.stack_versions, now.stack_versions):
        yield f"the lanes run on other versions of {', '.join(changed)}"
    if changed := _changed(run.versions, now.versions):
        yield f"the load agent runs on other versions of {', '.join(changed)}"
    for name in _changed(run.environment, now.environment):
        was, is_now = (each.environment.get(name, "not set") for each in (run, now))
        yield f"{name} was {was} and is {is_now}"


def _changed(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    return sorted(name for name in {*before, *now} if before.get(name) != now.get(name))


def _host(machine: Machine) -> str:
    return f"{machine.cpu} with {machine.system} {machine.kernel}"


def _shown_cores(run: Run) -> str:
    return ", ".join(map(str, sorted(run.cores.everything)))


def _shown(run: Run) -> str:
    commit = (run.source.commit or "no commit")[:12]
    return f"{commit} with changes" if run.source.dirty else commit
