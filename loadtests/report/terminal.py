"""The final table: per kind of work the lanes by rank, invalid cells with their reason, and the sentences."""

from collections.abc import Iterator

from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from loadtests.measurement.plan import Group
from loadtests.measurement.result import Cell, Detail, Summary, failed, group_of
from loadtests.report.numbers import mebibytes, number, share

# Where there is no terminal to ask for its width.
WIDTH = 110
COLUMNS = ("", "lane", "QPS", "spread", "mean", "p50", "p99", "CPU µs", "MiB", "errors", "limiter")


def show(summary: Summary, folder: str, console: Console) -> None:
    """Print a run."""
    if summary.partial:
        console.print("PARTIAL: the run was stopped before its end; these are the rounds that were measured.\n")
    for group, rows in groups(summary).items():
        console.print(_table(str(group), rows))
        for cell, detail in rows:
            for note in _notes(cell, detail):
                console.print(Padding(note, (0, 0, 0, 2)), markup=False, highlight=False)
        console.print()
    for text in (*summary.sentences, *(f"Note: {warning}." for warning in summary.warnings)):
        console.print(text, markup=False, highlight=False)
    console.print(
        "\nThe rank is one more than the number of lanes that surely serve more, at 95 % over all pairs of its table. "
        "Spread is the standard deviation of QPS over the rounds; mean, p50 and p99 are response times in ms; CPU µs "
        "is per request and MiB is RSS, of the server's whole process tree.",
        f"\nEverything is in {folder}/: report.html, summary.json, run.json, slices.jsonl.",
        highlight=False,
        soft_wrap=True,
        markup=False,
    )


def _notes(cell: Cell, detail: Detail) -> Iterator[str]:
    if not cell.valid:
        yield from (f"{cell.name} is not valid: {reason}" for reason in cell.reasons)
    if detail.voided:
        yield f"{cell.name}: slices that count for nothing: {len(detail.voided)} ({'; '.join(detail.voided)})"


def groups(summary: Summary) -> dict[Group, list[tuple[Cell, Detail]]]:
    """Return each group's cells with their details, best first, unranked ones last."""
    found: dict[Group, list[tuple[Cell, Detail]]] = {}
    details = {(group_of(detail), detail.name): detail for detail in summary.details}
    for cell in summary.cells:
        found.setdefault(group_of(cell), []).append((cell, details[group_of(cell), cell.name]))
    for rows in found.values():
        rows.sort(key=lambda row: (row[1].rank is None, row[1].rank or 0, -(row[0].qps or 0.0)))
    return found


def _table(title: str, rows: list[tuple[Cell, Detail]]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in COLUMNS:
        left = column in {"lane", "limiter"}
        table.add_column(column, justify="left" if left else "right", no_wrap=True, overflow="fold")
    for cell, detail in rows:
        table.add_row(*_row(cell, detail))
    return table


def _row(cell: Cell, detail: Detail) -> Iterator[str]:
    times = cell.rt_ms
    yield number(detail.rank)
    yield cell.name
    yield served(cell)
    yield share(detail.qps_spread) if cell.valid else ""
    yield from (number(value) if cell.valid else "" for value in (times.mean, times.p50, times.p99))
    yield number(cell.cpu_us_per_request)
    yield mebibytes(cell.rss_bytes)
    yield number(failed(cell.errors))
    yield cell.limiter or ""


def served(cell: Cell) -> str:
    """Return requests per second, `≥` where the generator could ask for no more; of other invalid cells no number."""
    return number(cell.qps) if cell.valid else f"≥ {number(cell.qps)}" if generator_bound(cell) else "not valid"


def generator_bound(cell: Cell) -> bool:
    """Tell whether the cell is not valid for this reason alone."""
    return {reason.check for reason in cell.reasons} == {"generator"}
