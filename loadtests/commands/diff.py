"""`trilane diff A B`: what changed from one run to another."""

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from loadtests.measurement.difference import Change, Difference

_A = Annotated[Path, typer.Argument(metavar="A", help="The folder of the earlier run.")]
_B = Annotated[Path, typer.Argument(metavar="B", help="The folder of the later run.")]
_Reference = Annotated[
    str | None, typer.Option(help="A lane that is the same in both runs [default: the other lanes' median].")
]
_Html = Annotated[Path | None, typer.Option("--html", help="Write a page of the differences into this file.")]
_Open = Annotated[bool, typer.Option("--open", help="Show that page in the browser.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print the differences as JSON.")]


def diff(
    a: _A,
    b: _B,
    *,
    reference: _Reference = None,
    html: _Html = None,
    open_it: _Open = False,
    as_json: _AsJson = False,
) -> None:
    """Compare two runs cell by cell; refuse those that cannot be compared."""
    import msgspec  # noqa: PLC0415 - keeps `trilane --help` quick

    from loadtests.measurement.comparable import read  # noqa: PLC0415
    from loadtests.measurement.difference import difference  # noqa: PLC0415

    if html is not None:
        from loadtests.report.files import require_file  # noqa: PLC0415

        require_file(html, "--html")
    earlier, later = read(a), read(b)
    found = difference(earlier, later, reference)
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(found), indent=1).decode() + "\n")
    else:
        _print(found)
    if html is not None or open_it:
        from loadtests.report.difference import difference_page  # noqa: PLC0415
        from loadtests.report.files import kept, show  # noqa: PLC0415

        page = kept(difference_page(found, earlier, later), html or Path(tempfile.mkdtemp()) / "diff.html", "--html")
        sys.stderr.write(f"{page}\n")
        if open_it:
            show(page)


def _print(found: "Difference") -> None:
    from rich.console import Console  # noqa: PLC0415 - keeps `trilane --help` quick

    from loadtests.report.terminal import WIDTH  # noqa: PLC0415

    console = Console()
    console = console if console.is_terminal else Console(width=WIDTH)
    for scenario, users, rate in dict.fromkeys((each.scenario, each.users, each.rate) for each in found.changes):
        title = f"{scenario}, {users} user{'' if users == 1 else 's'}" + ("" if rate is None else f" at {rate:g}/s")
        rows = [each for each in found.changes if (each.scenario, each.users, each.rate) == (scenario, users, rate)]
        console.print(_table(title, rows))
        console.print()
    for line in _words(found):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _table(title: str, rows: "list[Change]") -> "Table":
    from rich.table import Table  # noqa: PLC0415 - keeps `trilane --help` quick

    from loadtests.report.difference import figure  # noqa: PLC0415
    from loadtests.report.numbers import number  # noqa: PLC0415

    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in ("lane", "metric", "A", "B", "B ÷ A", "beside", "interval", "B is"):
        table.add_column(column, justify="left" if column in {"lane", "metric", "B is"} else "right")
    for row in rows:
        interval = "" if row.low is None or row.high is None else f"[{row.low:.3f}, {row.high:.3f}]".replace("[", r"\[")
        ratios = [number(None) if each is None else f"{each:.3f}" for each in (row.raw_ratio, row.ratio)]
        figures = [figure(each, valid) for each, valid in zip((row.a, row.b), row.valid, strict=True)]
        table.add_row(row.name, row.metric, *figures, *ratios, interval, row.verdict)
    return table


def _words(found: "Difference") -> list[str]:
    from loadtests.report.difference import loads_of, words  # noqa: PLC0415

    loads = loads_of(found.changes)
    return [
        *words(found),
        *(f"Not compared under {load}: {each}." for load, own in loads.items() for each in own.left_out()),
        *(f"Only in A: {name}." for name in found.only_in_a),
        *(f"Only in B: {name}." for name in found.only_in_b),
        *(f"Note: {note}." for note in found.notes),
    ]
