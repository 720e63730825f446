"""Go on with a run that was stopped: what it holds, what is missing, and whether this is still the same machine."""

from pathlib import Path

import msgspec

from backing.problem import Problem
from loadtests.measurement import about
from loadtests.measurement.about import Run
from loadtests.measurement.cores import available, share_out
from loadtests.measurement.group import Group, group_of
from loadtests.measurement.plan import Turn
from loadtests.measurement.record import Record
from loadtests.measurement.result import SCHEMA_VERSION
from loadtests.measurement.store import read_records, read_run

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
    if differs := _different(run):
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


def _different(run: Run) -> str | None:
    """Say what is not as it was."""
    if run.schema_version != SCHEMA_VERSION:
        return f"it was written by another version of this program (schema {run.schema_version}, now {SCHEMA_VERSION})"
    now = about.run(run.wish, share_out(run.wish.server_cores, available()))
    if run.cores != now.cores:
        return "it had other cores"
    if run.source != now.source:
        return f"it ran {_shown(run)}, here is {_shown(now)}"
    changed = sorted(
        name
        for name in {*run.stack_versions, *now.stack_versions}
        if run.stack_versions.get(name) != now.stack_versions.get(name)
    )
    return f"the lanes run on other versions of {', '.join(changed)}" if changed else None


def _shown(run: Run) -> str:
    commit = (run.source.commit or "no commit")[:12]
    return f"{commit} with changes" if run.source.dirty else commit
