"""Whether two runs can be compared, and what has to be known when they are."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from backing.problem import Problem
from loadtests.measurement.result import SCHEMA_VERSION, Cell, Detail, Summary
from loadtests.measurement.store import RUN, SUMMARY, instrument
from loadtests.measurement.subject import CONTROL

Key = tuple[str, str, tuple[tuple[str, str | int], ...], int, float | None]
_SHOWN = 6


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """A run read back: what it was (`about`, as in run.json) and what it found."""

    folder: str
    about: dict[str, Any]
    summary: Summary

    @property
    def started_at(self) -> str:
        """Return when it began."""
        return str(self.about.get("started_at"))

    def cells(self) -> dict[Key, tuple[Cell, Detail | None]]:
        """Return its cells with their details, by what makes two cells the same question; controls are left out."""
        details = {(each.name, each.scenario, each.users, each.rate): each for each in self.summary.details}
        return {
            _key(cell): (cell, details.get((cell.name, cell.scenario, cell.users, cell.rate)))
            for cell in self.summary.cells
            if not cell.name.endswith(CONTROL)
        }


class _Version(msgspec.Struct):
    schema_version: int


def _key(cell: Cell) -> Key:
    return (cell.name, cell.scenario, tuple(sorted(cell.params.items())), cell.users, cell.rate)


def read(folder: Path) -> Past:
    """Read a run's folder; raise `Problem` where it holds none, or one of another version of this program."""
    try:
        about, summary = (folder / RUN).read_bytes(), (folder / SUMMARY).read_bytes()
    except OSError as error:
        raise Problem(
            f"{folder} cannot be compared: {Path(error.filename or folder).name} cannot be read ({error.strerror}); "
            "name the folder of a run, as `--out` or runs/<time> did"
        ) from None
    try:
        written = {msgspec.json.decode(each, type=_Version).schema_version for each in (about, summary)}
        if written != {SCHEMA_VERSION}:
            found = ", ".join(map(str, sorted(written)))
            raise Problem(
                f"{folder} cannot be compared: it was written with schema version {found} and this program reads "
                f"{SCHEMA_VERSION}; measure again, or use the program that wrote it"
            )
        return Past(
            folder=str(folder),
            about=msgspec.json.decode(about, type=dict[str, Any]),
            summary=msgspec.json.decode(summary, type=Summary),
        )
    except msgspec.DecodeError as error:
        raise Problem(f"{folder} cannot be compared: its {RUN} or {SUMMARY} is damaged ({error})") from None


def require_comparable(a: Past, b: Past) -> None:
    """Raise `Problem` where a difference between two runs would not be one between what they measured."""
    if Path(a.folder).resolve() == Path(b.folder).resolve():
        raise Problem(f"{a.folder} and {b.folder} are one run; name another to compare it with")
    for what, of_a, of_b in _must_agree(a, b):
        if of_a != of_b:
            raise Problem(f"the runs cannot be compared: {what} is {of_a} in {a.folder} and {of_b} in {b.folder}")
    if not a.cells().keys() & b.cells().keys():
        raise Problem(f"the runs cannot be compared: {_nothing_in_common(a, b)}")
    for run in (a, b):
        if all(cell.qps is None for cell in run.summary.cells):
            raise Problem(f"{run.folder} cannot be compared: nothing was measured in it; resume it, or measure again")


def _must_agree(a: Past, b: Past) -> Iterator[tuple[str, object, object]]:
    for what, name in (("the CPU", "cpu"), ("the kind of system", "system")):
        of_a, of_b = (_at(run.about, ("machine", "machine", name)) for run in (a, b))
        # Where a run was killed before the machine was looked at, nothing is known to differ.
        if of_a is not None and of_b is not None:
            yield what, of_a, of_b
    # Two servers that share a core are measured otherwise than one that has its own.
    of_a, of_b = (instrument(run.about.get("command") or ()) for run in (a, b))
    yield "the instrument", of_a, of_b
    every = [_cores(run, "servers") + _cores(run, "others") for run in (a, b)]
    yield "the number of cores", every[0], every[1]
    yield "the number of the servers' cores", _cores(a, "servers"), _cores(b, "servers")


def _at(about: object, path: tuple[str, ...]) -> object:
    for name in path:
        about = about.get(name) if isinstance(about, dict) else None
    return about


def _cores(run: Past, whose: str) -> int:
    cores = _at(run.about, ("cores", whose))
    shared = whose == "others" and cores == _at(run.about, ("cores", "servers"))
    return 0 if shared or not isinstance(cores, list) else len(cores)


def _nothing_in_common(a: Past, b: Past) -> str:
    """Say what keeps the cells apart: the names, or the load."""
    names = [{cell.name for cell in run.summary.cells} for run in (a, b)]
    scenarios = [{cell.scenario for cell in run.summary.cells} for run in (a, b)]
    if not all(names):
        empty = a if not names[0] else b
        return f"{empty.folder} holds no cell; resume it, or measure again"
    for what, (of_a, of_b) in (("lanes", names), ("scenarios", scenarios)):
        if not of_a & of_b:
            return f"they have no {what} in common ({_some(of_a)} in {a.folder}, {_some(of_b)} in {b.folder})"
    loads = [{_load(cell) for cell in run.summary.cells} for run in (a, b)]
    return f"no lane was measured in both under the same load ({_some(loads[0])}; {_some(loads[1])})"


def _load(cell: Cell) -> str:
    params = ", ".join(f"{name}={value}" for name, value in sorted(cell.params.items()))
    rate = "" if cell.rate is None else f" at {cell.rate:g}/s"
    return f"{cell.scenario}{f' ({params})' if params else ''}, {cell.users} users{rate}"


def _some(names: set[str]) -> str:
    shown = sorted(names)
    return ", ".join(shown[:_SHOWN]) + (" …" if len(shown) > _SHOWN else "")


def notes(a: Past, b: Past) -> list[str]:
    """Return what may differ, and does, in a sentence each."""
    found = [f"{run.folder} is partial: it was stopped before its end" for run in (a, b) if run.summary.partial]
    for what, path in (
        ("the commit", ("source", "commit")),
        ("the stack", ("wish", "stack")),
        ("the kind of database", ("wish", "database")),
        ("the store of sessions", ("wish", "session_store")),
        ("the seed", ("wish", "seed")),
        ("the shortest slice", ("wish", "seconds")),
        ("the number of workers that made the load", ("wish", "crewing", "workers")),
        ("the kernel", ("machine", "machine", "kernel")),
    ):
        of_a, of_b = _at(a.about, path), _at(b.about, path)
        if of_a != of_b:
            found.append(f"{what} is {of_a} in {a.folder} and {of_b} in {b.folder}")
    found += [f"{run.folder} was made with changes that no commit holds" for run in (a, b) if _dirty(run)]
    return found + _environment(a, b) + _versions(a, b)


def _dirty(run: Past) -> bool:
    return _at(run.about, ("source", "dirty")) is True


def _environment(a: Past, b: Past) -> list[str]:
    """Tell which of a person's own variables are not the same: they change what the servers do."""
    of_a, of_b = (run.about.get("environment") or {} for run in (a, b))
    return [
        f"{name} is {of_a.get(name, 'not set')} in {a.folder} and {of_b.get(name, 'not set')} in {b.folder}"
        for name in sorted({*of_a, *of_b})
        if of_a.get(name) != of_b.get(name)
    ]


def _versions(a: Past, b: Past) -> list[str]:
    of_a, of_b = (run.about.get("stack_versions") or {} for run in (a, b))
    changed = [
        f"{name} {of_a.get(name, 'absent')} → {of_b.get(name, 'absent')}"
        for name in sorted({*of_a, *of_b}, key=str.lower)
        if of_a.get(name) != of_b.get(name)
    ]
    more = f" and {len(changed) - _SHOWN} more" if len(changed) > _SHOWN else ""
    return [f"versions differ: {', '.join(changed[:_SHOWN])}{more}"] if changed else []
