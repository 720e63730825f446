"""What a person reads of the counts."""

from collections.abc import Iterator

from rich.table import Table

from loadtests.instructions.result import Counts
from loadtests.report.numbers import MISSING

COLUMNS = ("lane", "instructions", "÷ least", "above hello", "driver", "lookups", "start-up", "spread", "layouts")


def table(counts: Counts) -> Table:
    """Return one row a lane, the cheapest first."""
    asked = "&".join(f"{name}={value}" for name, value in counts.params.items())
    title = f"{counts.endpoint}{'?' if asked else ''}{asked}, per request (stack {counts.stack})"
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in COLUMNS:
        table.add_column(column, justify="left" if column == "lane" else "right")
    rows = sorted(counts.lanes, key=lambda row: row.instructions_per_request)
    for row in rows:
        floor = row.floor_instructions_per_request
        table.add_row(
            row.lane,
            f"{row.instructions_per_request:,.0f}",
            f"{row.instructions_per_request / rows[0].instructions_per_request:.3f}",
            MISSING if floor is None else f"{row.instructions_per_request - floor:,.0f}",
            f"{row.driver_instructions_per_request:,.0f}",
            MISSING if row.lookup_instructions_per_request is None else f"{row.lookup_instructions_per_request:,.0f}",
            f"{row.startup_instructions:,}",
            f"{row.spread:.3%}",
            MISSING if row.layout_spread is None else f"{row.layout_spread:.3%}",
        )
    return table


def words(counts: Counts) -> Iterator[str]:
    """Yield the sentences under the table."""
    yield (
        "Instructions are those of the framework, the app and their libraries; the driver's own share is taken off and "
        "shown beside them. Above hello is what the endpoint costs beyond the framework's floor in the same lane. "
        "Lookups are for attributes that the interpreter's cache had lost: they depend on addresses and are beside the "
        "figure, not in it. Start-up happens once, of the interpreter and of the app. Spread is how far two figures of "
        "one process lie apart, layouts how far processes do whose memory is laid out differently."
    )
    yield f"Not counted: {'; '.join(counts.not_counted)}."
    for warning in counts.warnings:
        yield f"Note: {warning}."
