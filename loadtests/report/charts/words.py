"""One sentence on what a chart shows, from the figures of the run."""

from collections.abc import Callable, Sequence

from loadtests.measurement.result import Cell
from loadtests.report.charts.figures import VALID, Point, Work, state
from loadtests.report.numbers import number

Figure = Callable[[Cell], float | None]


def leading(work: Work, field: str, unit: str, *, most: bool) -> str:
    """Say which cell has the most or the least of a field of cells under the highest load, and which is at the end."""
    return first_and_last(work.under(work.loads[-1]), lambda cell: getattr(cell, field), unit, most=most)


def first_and_last(
    points: Sequence[Point], figure: Figure, unit: str, *, most: bool, states: Sequence[str] = (VALID,)
) -> str:
    """Say which cell of a load has the most or the least of a figure, and which is at the other end.

    Only cells of these `states` are looked at: what holds of a cell that is not valid is said of it as well.
    """
    held = [
        (value, point) for point in points if state(point.cell) in states and (value := figure(point.cell)) is not None
    ]
    if not held:
        return f"No lane has a figure that holds{_at(points)}.{_without(points, held)}"
    held.sort(key=lambda each: each[0], reverse=most)
    (first, best), (last, worst) = held[0], held[-1]
    if best is worst:
        return f"{best.cell.name}: {number(first)} {unit}{_at(points)}.{_without(points, held)}"
    return (
        f"From {number(first)} {unit} ({best.cell.name}) to {number(last)} {unit} ({worst.cell.name}){_at(points)}."
        f"{_without(points, held)}"
    )


def _at(points: Sequence[Point]) -> str:
    return f" under {points[0].load.text}" if points else ""


def _without(points: Sequence[Point], held: Sequence[tuple[float, Point]]) -> str:
    """Name the cells that are left out of a sentence."""
    shown = {point.cell.name for _, point in held}
    left = [point.cell.name for point in points if point.cell.name not in shown]
    few = 3
    more = f" and {len(left) - few} more" if len(left) > few else ""
    return f" Without a figure that holds: {', '.join(left[:few])}{more}." if left else ""
