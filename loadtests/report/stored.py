"""A run read back from its folder, whichever command made it, to make its page again."""

from pathlib import Path

import msgspec

from backing.problem import Problem
from loadtests.duet.conclude import DuetSummary
from loadtests.duet.describe import DuetRun
from loadtests.measurement.about import Run
from loadtests.measurement.result import SCHEMA_VERSION, Summary
from loadtests.measurement.store import CAPACITY, RUN, SUMMARY, instrument
from loadtests.scenarios import SCENARIOS
from loadtests.servers.lanes import LANES


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """What a folder holds of a run, beside its slices."""

    run: Run
    summary: Summary


class _Head(msgspec.Struct):
    schema_version: int
    command: list[str] = []


def stored(folder: Path) -> Stored:
    """Read a run; raise `Problem` where the folder holds none that has a page, or one of another version."""
    about, found = _bytes(folder, RUN), _bytes(folder, SUMMARY)
    try:
        head = msgspec.json.decode(about, type=_Head)
        if head.schema_version != SCHEMA_VERSION:
            raise Problem(
                f"{folder} was written with schema version {head.schema_version} and this program reads "
                f"{SCHEMA_VERSION}; use the program that wrote it, or measure again"
            )
        duet = instrument(head.command) == "duet"
        held = Stored(
            run=msgspec.json.decode(about, type=DuetRun if duet else Run),
            summary=msgspec.json.decode(found, type=DuetSummary if duet else Summary),
        )
    except msgspec.DecodeError as error:
        raise Problem(f"{folder}: its {RUN} or {SUMMARY} is damaged ({error}); measure again") from None
    _require_known(folder, held.summary)
    return held


def _require_known(folder: Path, summary: Summary) -> None:
    """Raise `Problem` where a run measured what this program does not know: the page would not know what it shows."""
    lanes = {cell.lane for cell in summary.cells} - LANES.keys()
    if lanes:
        raise Problem(
            f"{folder} measured lanes that are not known here ({', '.join(sorted(lanes))}); give the file that has "
            "them, as the run did: trilane --lanes FILE report …"
        )
    if scenarios := {cell.scenario for cell in summary.cells} - SCENARIOS.keys():
        raise Problem(f"{folder} measured {', '.join(sorted(scenarios))}, which this program does not know")


def _bytes(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        if (folder / CAPACITY).exists():
            raise Problem(f"{folder} holds a search for a capacity, which has no page; read {CAPACITY}") from None
        raise Problem(
            f"{folder} has no report: {name} cannot be read ({error.strerror}); name the folder of a run, as `--out` "
            "or runs/<time> did"
        ) from None
