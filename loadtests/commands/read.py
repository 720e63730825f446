"""`trilane read`: the same handler three times side by side, in the terminal or as a site."""

from pathlib import Path
from typing import Annotated

import typer

_Name = Annotated[
    str | None, typer.Argument(metavar="[NAME]", help="An endpoint, a topic (`topics/context`) or a file (`hooks.py`).")
]
_Style = Annotated[str | None, typer.Option(help="`sync` or `async` [default: both].")]
_Run = Annotated[Path | None, typer.Option(help="The run whose figures are shown, with the code of its commit.")]
_Commit = Annotated[str | None, typer.Option(help="Show the code of this commit.")]
_Site = Annotated[Path | None, typer.Option(help="Write all of it as pages into this folder.")]
_Open = Annotated[bool, typer.Option("--open", help="Show the pages in the browser, from a folder that is kept.")]


def read(
    name: _Name = None,
    *,
    style: _Style = None,
    run: _Run = None,
    commit: _Commit = None,
    site: _Site = None,
    open_: _Open = False,
) -> None:
    """Show the same handler in all three apps, side by side, with what was measured of it."""
    from loadtests.reader.asking import asked, runs_and_source  # noqa: PLC0415 - keeps `trilane --help` quick
    from loadtests.reader.opening import built  # noqa: PLC0415 - as above
    from loadtests.reader.terminal import show  # noqa: PLC0415 - as above

    runs, source = runs_and_source(run, commit)
    wanted = asked(name, style, source)
    if site is not None or open_:
        typer.echo(built(source, runs, site, wanted, opened=open_))
    else:
        show(wanted, runs, source)
