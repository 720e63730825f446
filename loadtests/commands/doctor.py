"""`trilane doctor`: what on this machine spoils measurements."""

from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from loadtests.doctor import Diagnosis, examine

_AsJson = Annotated[bool, typer.Option("--json", help="Print machine and findings as JSON.")]
_COLOURS = {"ok": "green", "warning": "yellow", "missing": "magenta", "unknown": "dim"}


def doctor(*, as_json: _AsJson = False) -> None:
    """Say what on this machine spoils measurements, and what to do about it."""
    diagnosis = examine()
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(diagnosis)).decode())
        return
    console = Console()
    console.print(_heading(diagnosis), highlight=False)
    console.print(_table(diagnosis))


def _heading(diagnosis: Diagnosis) -> str:
    machine = diagnosis.machine
    memory = f"{machine.memory_bytes / 1024**3:.0f} GiB"
    return f"{machine.cpu}, {len(machine.cores)} cores, {memory}, {machine.system} {machine.kernel}, {machine.python}\n"


def _table(diagnosis: Diagnosis) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column()
    for finding in diagnosis.findings:
        told = Text(finding.says)
        if finding.remedy:
            told.append(f"\n→ {finding.remedy}", style="bold")
        table.add_row(Text(finding.verdict, style=_COLOURS[finding.verdict]), finding.name, told)
    return table
