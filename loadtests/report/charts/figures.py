"""The figures that charts are made of: cells by kind of work and load, with what their rounds say of their noise."""

import math
import statistics
from collections.abc import Sequence
from typing import Any

import msgspec
from scipy import special

from loadtests.measurement.group import Group, group_of
from loadtests.measurement.result import Cell, Detail, Summary
from loadtests.measurement.usl import LEAST_ROUNDS
from loadtests.report.numbers import number
from loadtests.report.rows import generator_bound

VALID, BOUND, INVALID = "valid", "limited by the generator", "not valid"
STATES = (VALID, BOUND, INVALID)
# Beside lanes of which something was changed: a legend names everything that it tells apart.
UNCHANGED = "as it is"


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """One load: `at` is where it stands on an axis, users or arrivals per second, `text` what it is called."""

    at: float
    text: str
    is_open: bool


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One cell with what stands behind it, under its load; `variant` says what was changed of its lane.

    It is '' where no lane of the work was changed.
    """

    cell: Cell
    detail: Detail
    load: Load
    variant: str = ""


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """All cells of one kind of work, in the order of the plan."""

    scenario: str
    points: list[Point]

    @property
    def loads(self) -> list[Load]:
        """Return its loads, the least first."""
        return sorted({point.load.text: point.load for point in self.points}.values(), key=lambda load: load.at)

    @property
    def lanes(self) -> list[str]:
        """Return its lanes in the order of the plan."""
        return list(dict.fromkeys(point.cell.lane for point in self.points))

    @property
    def names(self) -> list[str]:
        """Return what its cells are called, in the order of the plan."""
        return list(dict.fromkeys(point.cell.name for point in self.points))

    @property
    def variants(self) -> list[str]:
        """Return what was changed of its lanes; nothing where all of them ran as they are."""
        found = list(dict.fromkeys(point.variant for point in self.points))
        return found if any(found) else []

    def under(self, load: Load) -> list[Point]:
        """Return the cells under one load."""
        return [point for point in self.points if point.load.text == load.text]


def works(summary: Summary) -> list[Work]:
    """Return the kinds of work of a run; one that was loaded openly stands by its arrivals."""
    details = {(group_of(detail), detail.name): detail for detail in summary.details}
    found: dict[str, list[Point]] = {}
    for cell in summary.cells:
        group = group_of(cell)
        point = Point(cell=cell, detail=details[group, cell.name], load=_load(group))
        found.setdefault(cell.scenario, []).append(point)
    return [Work(scenario=scenario, points=_told_apart(points)) for scenario, points in found.items()]


def _told_apart(points: Sequence[Point]) -> list[Point]:
    changed = [point.cell.name.removeprefix(point.cell.lane).strip() for point in points]
    plain = UNCHANGED if any(changed) else ""
    return [msgspec.structs.replace(point, variant=each or plain) for point, each in zip(points, changed, strict=True)]


def _load(group: Group) -> Load:
    at = group.users if group.rate is None else group.rate
    return Load(at=at, text=str(group).removeprefix(f"{group.scenario}, "), is_open=group.rate is not None)


def state(cell: Cell) -> str:
    """Return whether a cell's figures hold; where the generator could ask for no more, it serves at least so many."""
    if cell.valid:
        return VALID
    return BOUND if generator_bound(cell) else INVALID


def common(point: Point) -> dict[str, Any]:
    """Return what every row says of its cell: who it is, under which load, and whether it holds."""
    why = "; ".join(reason.reason for reason in point.cell.reasons)
    row = {"name": point.cell.name, "lane": point.cell.lane, "load": point.load.text, "state": state(point.cell)}
    return row | ({"variant": point.variant} if point.variant else {}) | ({"why": why} if why else {})


def half_width(rounds: Sequence[float | None]) -> float | None:
    """Return half the 95 % interval of a mean over rounds (Student's), None of fewer than three.

    Of two it would be thirteen standard errors wide, and flatten all others in a picture.
    """
    known = [each for each in rounds if each is not None]
    if len(known) < LEAST_ROUNDS:
        return None
    return float(special.stdtrit(len(known) - 1, 0.975)) * statistics.stdev(known) / math.sqrt(len(known))


def ends(field: str, value: float | None, rounds: Sequence[float | None]) -> dict[str, Any]:
    """Return a figure with the ends of its interval as fields of a row; what is not known has no field."""
    if value is None:
        return {}
    half = half_width(rounds)
    if half is None:
        return {field: value, f"{field}_told": f"{number(value)} [no interval]"}
    low, high = max(0.0, value - half), value + half
    told = f"{number(value)} [{number(low)}, {number(high)}]"
    return {field: value, f"{field}_low": low, f"{field}_high": high, f"{field}_told": told}
