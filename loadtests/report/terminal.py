"""The final tables: per kind of work the lanes by rank, invalid cells with their reason, and the sentences."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from loadtests.measurement.errors import failed
from loadtests.measurement.group import Group, group_of
from loadtests.measurement.result import Cell, Detail, Grid, Summary
from loadtests.report.matrix import matrices
from loadtests.report.numbers import mebibytes, number, share
from loadtests.report.rows import (
    Row,
    ceiling,
    evened,
    generator_bound,
    groups,
    rank,
    resolution,
    sections,
    served,
    told,
)

__all__ = ["WIDTH", "generator_bound", "groups", "served", "show"]

# Where there is no terminal to ask for its width.
WIDTH = 110
_LEFT = {"lane", "ceiling"}
# Longer names are folded, so that the figures keep their places.
_NAME = 30


def show(summary: Summary, folder: str, console: Console) -> None:
    """Print a run."""
    if summary.partial:
        console.print("PARTIAL: the run was stopped before its end; these are the rounds that were measured.\n")
    for section in sections(summary):
        if section.swept:
            _show_sweep(section.scenario, section.groups, summary, console)
        else:
            for group, rows in section.groups.items():
                console.print(_table(str(group), rows))
                _print_notes([note for row in rows for note in _notes(*row)], console)
                _print_notes(_controls(summary, group), console)
                console.print()
    for grid in summary.grids:
        console.print(_grid(grid))
        console.print()
    sentences, warnings = told(summary, summary.sentences), told(summary, summary.warnings)
    for text in (*sentences.general, *(f"Note: {warning}." for warning in warnings.general)):
        console.print(text, markup=False, highlight=False)
    if sentences.of_level:
        console.print("What can be said of each number of users, and why some of it cannot, is in the report.")
    console.print(
        "\nLanes share a rank where they were not told apart, or each was not from a third, at 95 % over all pairs; "
        "where some were not compared, none has a rank, nor has a lane that stands alone. "
        "Spread is the standard deviation of QPS over the rounds; p50 and p99 are response times in ms; CPU µs is per "
        "request and MiB is RSS, of the server's whole process tree. The ceiling is what ran out ÷ how long a request "
        "takes of it.",
        highlight=False,
        markup=False,
    )
    console.print(
        f"\nEverything is in {folder}/: report.html, summary.json, run.json, slices.jsonl.",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )


def _show_sweep(scenario: str, own: dict[Group, list[Row]], summary: Summary, console: Console) -> None:
    for table in matrices(scenario, own):
        console.print(table)
    for curve in summary.curves:
        if curve.scenario == scenario and curve.usl is not None and curve.usl.peak_users is not None:
            peak = curve.usl.peak_users
            _print_notes(
                [f"{curve.name} serves most at {peak.value:.0f} users [{peak.low:.0f}, {peak.high:.0f}]"], console
            )
    for group, rows in own.items():
        _print_notes([f"{group}: {note}" for row in rows for note in _notes(*row)], console)
        _print_notes(_failed_controls(summary, group), console)
    console.print()


def _print_notes(notes: Sequence[str], console: Console) -> None:
    for note in notes:
        console.print(Padding(note, (0, 0, 0, 2)), markup=False, highlight=False)


def _controls(summary: Summary, group: Group) -> list[str]:
    ours = [each for each in summary.controls if group_of(each) == group]
    told = "; ".join(resolution(each) for each in ours)
    shown = [f"{ours[0].lane} beside itself: {told}"] if ours else []
    held_out = evened([each for each in summary.evenness if group_of(each) == group])
    return [*shown, *([held_out] if held_out else []), *_failed_controls(summary, group)]


def _failed_controls(summary: Summary, group: Group) -> list[str]:
    failing = [each for each in summary.controls if group_of(each) == group and each.agrees is False]
    return [f"UNTRUSTED: {each.lane} differs from itself: {resolution(each)}" for each in failing]


def _notes(cell: Cell, detail: Detail) -> Iterator[str]:
    if not cell.valid:
        yield from (f"{cell.name} is not valid: {reason}" for reason in cell.reasons)
    if detail.voided:
        yield f"{cell.name}: slices that count for nothing: {len(detail.voided)} ({'; '.join(detail.voided)})"
    if detail.arrivals_due is not None:
        due, late, dropped = (
            number(count) for count in (detail.arrivals_due, detail.arrivals_late, detail.arrivals_dropped)
        )
        yield f"{cell.name}: {due} arrivals were due, {late} came late and {dropped} were dropped"


def _table(title: str, rows: Sequence[Row]) -> Table:
    columns = ["", "lane", "QPS", "spread", "p50", "p99", "CPU µs", "MiB", "errors", "ceiling"]
    if not any(cell.errors for cell, _ in rows):
        columns.remove("errors")
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in columns:
        left = column in _LEFT
        table.add_column(
            column,
            justify="left" if left else "right",
            no_wrap=not left,
            overflow="fold",
            max_width=_NAME if column == "lane" else None,
        )
    for cell, detail in rows:
        figures = {"": rank((cell, detail), rows), **_figures(cell, detail)}
        table.add_row(*(figures[column] for column in columns))
    return table


def _grid(grid: Grid) -> Table:
    table = Table(title=grid.title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for place, column in enumerate(grid.columns):
        table.add_column(column, justify="right" if place else "left", no_wrap=True)
    for row in grid.rows:
        table.add_row(*row)
    return table


def _figures(cell: Cell, detail: Detail) -> dict[str, str]:
    times = cell.rt_ms
    return {
        "lane": cell.name,
        "QPS": served(cell),
        "spread": share(detail.qps_spread) if cell.valid else "",
        "p50": number(times.p50) if cell.valid else "",
        "p99": number(times.p99) if cell.valid else "",
        "CPU µs": number(cell.cpu_us_per_request),
        "MiB": mebibytes(cell.rss_bytes),
        "errors": number(failed(cell.errors)),
        "ceiling": ceiling(cell, detail),
    }
