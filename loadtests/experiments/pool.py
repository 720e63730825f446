"""`pool`: how to reach the database: five ways, from a connection for each request to a few that are lent."""

from collections.abc import Iterator

from contract.rows.articles import ACCESS
from loadtests.experiments.experiment import FULL, QUICK, Experiment, Preset
from loadtests.experiments.figures import Figures, more, turned
from loadtests.experiments.words import because, failures, joined, load, milliseconds, not_compared, times, undecided
from loadtests.measurement.errors import failed
from loadtests.measurement.group import Group
from loadtests.measurement.result import Cell, Detail, Grid, Summary
from loadtests.measurement.verdict import Verdict
from loadtests.report.numbers import number

POOLED, SHARED = "pooled", "shared"
OTHERS = tuple(access for access in ACCESS.choices if access != POOLED)
# How the most connections were found.
LOOKED = ", looked at 5 times a second"
# A right answer's length with another row in it, and a row of another length.
_WRONG_ROW = ("wrong_body", "wrong_length")


def say(summary: Summary) -> list[str]:
    """Say for each lane and load which access answers more, with how many connections, what failed and what lied."""
    figures = Figures(summary)
    return [sentence for lane in figures.lanes for group in figures.groups for sentence in _lane(figures, group, lane)]


def _lane(figures: Figures, group: Group, lane: str) -> Iterator[str]:
    pooled = figures.cell(group, lane, {"access": POOLED})
    others = [cell for access in OTHERS if (cell := figures.cell(group, lane, {"access": access}))]
    compared: set[str] = set()
    for cell in others:
        verdict = None if pooled is None else figures.verdict("qps", pooled, cell)
        if pooled is not None and verdict is not None:
            compared |= {pooled.name, cell.name} if pooled.valid and cell.valid else set()
            yield _compared(figures, verdict, pooled, cell)
    for cell in [*([pooled] if pooled else []), *others]:
        yield from _alone(figures, cell, compared=cell.name in compared)


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
    """Return how many connections the database had at a time, in all processes of the lane together."""
    counted = {str(cell.params["access"]): figures.detail(cell).db_connections_total_max for cell in cells}
    parts = [f"{count:,} {access}" for access, count in counted.items() if count is not None]
    return f"; at most {joined(parts)} connections{LOOKED}" if parts else ""


def _alone(figures: Figures, cell: Cell, *, compared: bool) -> Iterator[str]:
    """Say what failed and which rows were wrong, how many connections a process held, and why it was not compared."""
    where = f"{cell.name} {load(figures.group(cell))}"
    wrong, shown = _wrong(cell), figures.shown(cell)
    if wrong:
        yield f"{where}: {wrong:,} of {shown:,} answers with a row held another one than was asked for."
    elif cell.params["access"] == SHARED and shown:
        yield f"{where}: none of {shown:,} answers with a row held another one than was asked for."
    if failed(cell.errors):
        yield f"{where}: {failures(cell)}{_behind(figures.detail(cell))}."
    if (cell.params["access"] == POOLED or failed(cell.errors)) and cell.db_connections_max is not None:
        held = cell.db_connections_max
        yield f"{where}: the database had at most {held:,} connection{'' if held == 1 else 's'} of a process{LOOKED}."
    if not compared and not cell.valid:
        yield not_compared(cell)


def _wrong(cell: Cell) -> int:
    return sum(cell.errors.get(kind, 0) for kind in _WRONG_ROW)


def _behind(detail: Detail) -> str:
    """Return what the server counted behind its failures."""
    counts = {
        "the database had as many connections as it accepts": detail.db_refused,
        "what came over the shared connection was no answer to the request": detail.garbled,
    }
    return "".join(f"; {count:,} times {what}" for what, count in counts.items() if count)


def grids(summary: Summary) -> list[Grid]:
    """Return what was counted, lanes and ways down, for each number of users."""
    figures = Figures(summary)
    return [_grid(figures, group) for group in figures.groups]


def _grid(figures: Figures, group: Group) -> Grid:
    """Return the table of one number of users; connections are the most of one process, the rest sums of all slices."""
    columns = ["counted", "answers", "wrong rows", "failed", "refused", "garbled", "connections", "all sessions"]
    rows = [[cell.name, *_counted(figures, cell)] for cell in figures.of(group)]
    return Grid(title=f"what was counted {load(group)}", columns=columns, rows=rows)


def _counted(figures: Figures, cell: Cell) -> list[str]:
    """Return the figures of a row; of no answers with a row none can be wrong or right."""
    detail, shown = figures.detail(cell), figures.shown(cell)
    seen = bool(detail.rounds)
    return [
        number(shown if seen else None),
        number(_wrong(cell) if seen and shown else None),
        number(failed(cell.errors) - _wrong(cell) if seen else None),
        number(detail.db_refused),
        number(detail.garbled),
        number(cell.db_connections_max),
        number(detail.db_sessions_max),
    ]


POOL = Experiment(
    name="pool",
    question="How should I reach the database?",
    scenarios=("article",),
    variants=tuple({"access": access} for access in (POOLED, *OTHERS)),
    presets={
        QUICK: Preset(
            lanes=("flask-thread", "flask-greenlet", "fastapi-thread", "fastapi-coroutine"),
            users=(64,),
            budget_s=240.0,
            longest_s=8.0,
        ),
        FULL: Preset(
            lanes=(
                "flask-thread", "flask-greenlet", "fastapi-thread", "fastapi-coroutine", "django-thread",
                "django-coroutine",
            ),
            users=(64, 512, 5_000),
            budget_s=7_200.0,
            longest_s=120.0,
        ),
    },
    say=say,
    grids=grids,
)  # fmt: skip
