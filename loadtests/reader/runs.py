"""The finished runs that a reader looks into: their cells, and what they were measured on."""

import datetime as dt
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import msgspec

from backing.problem import Problem
from loadtests.measurement.about import Source
from loadtests.measurement.result import Cell
from loadtests.measurement.store import DEFAULT_PARENT, ROUNDS, RUN, SUMMARY, instrument
from loadtests.servers.stacks import ROOT

# What comes with the project, for those who have measured nothing yet.
SAMPLE = ROOT / "docs" / "sample"


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of run.json, of runs of other versions as well: enough to say where a figure comes from."""

    started_at: str
    command: list[str] = []
    source: Source = Source(commit=None, dirty=None)
    stack_versions: dict[str, str] = {}
    machine: "Machined | None" = None


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of the machine: `memory_bytes` is all that it has."""

    cpu: str
    cores: tuple[int, ...]
    memory_bytes: int
    virtualisation: str = ""


class Machined(msgspec.Struct, frozen=True, kw_only=True):
    """What stands around the machine in run.json."""

    machine: Machine


class Figured(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of summary.json."""

    cells: list[Cell]
    partial: bool = False


class Past(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A run that is over, or was stopped."""

    folder: Path
    about: About
    cells: list[Cell]
    partial: bool = False

    @cached_property
    def date(self) -> str:
        """Return the day and the minute in which it began, in UTC."""
        return dt.datetime.fromisoformat(self.about.started_at).astimezone(dt.UTC).strftime("%-d %B %Y, %H:%M UTC")

    @property
    def machine(self) -> str:
        """Describe the machine in a line."""
        if self.about.machine is None:
            return "a machine that is not known"
        found = self.about.machine.machine
        cores = f"{len(found.cores)} core{'' if len(found.cores) == 1 else 's'}"
        kind = f", {found.virtualisation}" if found.virtualisation else ""
        return f"{found.cpu}, {cores}, {found.memory_bytes / 2**30:.0f} GiB{kind}"


def past(folder: Path) -> Past:
    """Read a run; raise `Problem` where the folder holds none that is summed up."""
    try:
        about = msgspec.json.decode((folder / RUN).read_bytes(), type=About)
        figured = msgspec.json.decode((folder / SUMMARY).read_bytes(), type=Figured)
    except (OSError, msgspec.DecodeError) as error:
        raise Problem(f"{folder} holds no run that can be read ({error}); name the folder of a finished run") from None
    return Past(folder=folder, about=about, cells=figured.cells, partial=figured.partial)


def found(parents: Sequence[Path] | None = None) -> list[Past]:
    """Return the runs in the first of some folders that has any, the latest first; what cannot be read is left out."""
    for parent in (DEFAULT_PARENT, SAMPLE) if parents is None else parents:
        readable = [each for folder in _folders(parent) if (each := _past(folder)) is not None]
        if readable:
            return sorted(readable, key=lambda each: each.about.started_at, reverse=True)
    return []


def told(runs: Sequence[Past]) -> str:
    """Say of which runs the figures are, or how there would be any."""
    if not runs:
        return "Nothing has been measured here yet: `trilane compare` measures, and the next site has the figures."
    latest = runs[0]
    more = f", and of {len(runs) - 1} before it" if len(runs) > 1 else ""
    return f"The figures are of the run of {latest.date}{more}."


def _folders(parent: Path) -> list[Path]:
    return [parent, *sorted(parent.iterdir())] if parent.is_dir() else []


def _past(folder: Path) -> Past | None:
    try:
        run = past(folder) if (folder / SUMMARY).is_file() else None
    except Problem:
        return None
    # A duet's two sides are of two commits, and a search's loads are those that it tried.
    return run if run is not None and instrument(run.about.command) == ROUNDS else None
