"""What a duet prints: both sides, what their figures say, and how sure that is."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from loadtests.duet.run import Played
from loadtests.measurement.errors import failed
from loadtests.measurement.result import Cell
from loadtests.report.numbers import mebibytes, number, share
from loadtests.report.terminal import served

COLUMNS = ("side", "", "CPU µs", "QPS", "p50", "p99", "MiB", "errors", "limiter")
_MEANING = (
    "QPS and response times are those of two servers that share a core: compare them, do not quote them. CPU µs is per "
    "request, of the server's whole process tree."
)


def show(played: Played, folder: str, console: Console) -> None:
    """Print a duet."""
    summary = played.summary
    if summary.partial:
        console.print("PARTIAL: the duet was stopped before its end; this is what was measured.\n")
    console.print(_table(_title(played), summary.cells))
    for line in (
        "",
        *(f"{cell.name} is not valid: {reason}" for cell in summary.cells for reason in cell.reasons),
        *summary.sentences,
        *_resolution(played),
        *(f"Note: {warning}." for warning in summary.warnings),
        "",
        _MEANING,
        f"Everything is in {folder}/: report.html, summary.json, run.json, slices.jsonl.",
    ):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _title(played: Played) -> str:
    cell, found = played.summary.cells[0], played.summary.duet
    plan = played.run.duet_plan
    windows = (
        "" if plan is None else f", {found.starts} starts × {found.windows} windows of {plan.timing.window_s:.2g} s"
    )
    return f"{cell.scenario}, {cell.users} user{'' if cell.users == 1 else 's'} on each side{windows}"


def _table(title: str, cells: list[Cell]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in COLUMNS:
        left = column in {"side", "", "limiter"}
        table.add_column(column, justify="left" if left else "right", no_wrap=True, overflow="fold")
    for side, cell in zip("ab", cells, strict=True):
        table.add_row(side, *_row(cell))
    return table


def _row(cell: Cell) -> Iterator[str]:
    yield cell.name
    yield number(cell.cpu_us_per_request)
    yield served(cell)
    yield from (number(value) if cell.valid else "" for value in (cell.rt_ms.p50, cell.rt_ms.p99))
    yield mebibytes(cell.rss_bytes)
    yield number(failed(cell.errors))
    yield cell.limiter or ""


def _resolution(played: Played) -> Iterator[str]:
    found = played.summary.duet
    half = found.half_width.get("cpu_us_per_request")
    if half is None:
        return
    shares = "each side by control groups" if found.fair_shares else "by the kernel's own rules"
    yield (
        f"The interval of CPU per request reaches ±{half:.1%}. The core was shared out to {shares}; side a had "
        f"{share(found.core_share_a)} of it."
    )
