"""`trilane lanes`: what can be measured."""

from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from loadtests.servers.lanes import LANES

_AsJson = Annotated[bool, typer.Option("--json", help="Print the rows as JSON, commands included.")]


def lanes(*, as_json: _AsJson = False) -> None:
    """List the lanes: one app under one server command in one style."""
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(list(LANES.values()))).decode())
        return
    console = Console()
    console.print(_table())
    for note, names in _notes().items():
        console.print(f"\n{', '.join(names)}: {note}.", highlight=False)


def _table() -> Table:
    table = Table(box=None, pad_edge=False)
    for header in ("lane", "style", "model", "server", "workers", "threads"):
        table.add_column(header, no_wrap=True)
    for lane in LANES.values():
        workers = "cores, 2+" if lane.workers is None else str(lane.workers)
        table.add_row(lane.name, ", ".join(lane.styles), lane.model, lane.server, workers, str(lane.threads))
    return table


def _notes() -> dict[str, list[str]]:
    notes: dict[str, list[str]] = {}
    for lane in LANES.values():
        if lane.note:
            notes.setdefault(lane.note, []).append(lane.name)
    return notes
