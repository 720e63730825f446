"""`pool`: how to reach the database: a connection for each request, or a few that are lent."""

from collections.abc import Iterator

from loadtests.experiments.experiment import FULL, QUICK, Experiment, Preset
from loadtests.experiments.figures import Figures, more, turned
from loadtests.experiments.words import because, failures, joined, load, milliseconds, not_compared, times, undecided
from loadtests.measurement.errors import failed
from loadtests.measurement.group import Group
from loadtests.measurement.result import Cell, Summary
from loadtests.measurement.verdict import Verdict

ACCESS: tuple[dict[str, str | int], ...] = ({"access": "pooled"}, {"access": "per-request"})


def say(summary: Summary) -> list[str]:
    """Say for each lane and load which access answers more, with how many connections, and what failed."""
    figures = Figures(summary)
    return [sentence for lane in figures.lanes for group in figures.groups for sentence in _lane(figures, group, lane)]


def _lane(figures: Figures, group: Group, lane: str) -> Iterator[str]:
    cells = [cell for access in ACCESS if (cell := figures.cell(group, lane, access))]
    if len(cells) == len(ACCESS):
        verdict = figures.verdict("qps", *cells)
        if verdict is not None:
            yield _compared(figures, verdict, *cells)
    for cell in cells:
        yield from _alone(cell, compared=len(cells) == len(ACCESS) and all(each.valid for each in cells))


def _compared(figures: Figures, verdict: Verdict, pooled: Cell, own: Cell) -> str:
    ahead, cells = (turned(verdict), (own, pooled)) if more(verdict) is False else (verdict, (pooled, own))
    names = [str(cell.params["access"]) for cell in cells]
    where = f"{pooled.lane} {load(figures.group(pooled))}"
    if more(ahead):
        said = f"{names[0]} answers {times(ahead)} as many as {names[1]}{because(cells[1], figures.detail(cells[1]))}"
    elif ahead.verdict == "equal":
        said = f"{names[0]} answers as many as {names[1]}: {times(ahead)}"
    else:
        said = f"whether {names[0]} or {names[1]} answers more is {undecided(ahead)}"
    return f"{where}: {said}; {_p99s(cells)}{_connections(figures, cells)}."


def _p99s(cells: tuple[Cell, Cell]) -> str:
    times_ms = [f"{_p99(cell)} {cell.params['access']}" for cell in cells]
    return f"p99 {joined(times_ms)}"


def _p99(cell: Cell) -> str:
    return "unknown" if cell.rt_ms.p99 is None else milliseconds(cell.rt_ms.p99)


def _connections(figures: Figures, cells: tuple[Cell, Cell]) -> str:
    """Return how many connections the database saw at a time, in all processes of the lane together."""
    counted = {str(cell.params["access"]): figures.detail(cell).db_connections_total_max for cell in cells}
    parts = [f"{count:,} {access}" for access, count in counted.items() if count is not None]
    return f"; at most {joined(parts)} connections" if parts else ""


def _alone(cell: Cell, *, compared: bool) -> Iterator[str]:
    """Say what failed, and why a cell could not be compared."""
    if failed(cell.errors):
        yield f"{cell.name} {load(Figures.group(cell))}: {failures(cell)}."
    if not compared and not cell.valid:
        yield not_compared(cell)


POOL = Experiment(
    name="pool",
    question="How should I reach the database?",
    scenarios=("articles",),
    variants=ACCESS,
    presets={
        QUICK: Preset(
            lanes=("flask-thread", "fastapi-thread", "fastapi-coroutine", "django-thread"),
            users=(16, 128),
            budget_s=220.0,
            longest_s=8.0,
        ),
        FULL: Preset(
            lanes=("flask-thread", "fastapi-thread", "fastapi-coroutine", "django-thread", "django-coroutine"),
            users=(16, 128, 1_000, 5_000),
            budget_s=5_400.0,
            longest_s=120.0,
        ),
    },
    say=say,
)
