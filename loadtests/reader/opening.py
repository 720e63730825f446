"""The site in a folder, and in the browser."""

import tempfile
import webbrowser
from collections.abc import Sequence
from pathlib import Path

from backing.problem import Problem
from loadtests.reader.asking import Asked
from loadtests.reader.runs import Past
from loadtests.reader.site import Site
from loadtests.reader.source import Source


def built(source: Source, runs: Sequence[Past], folder: Path | None, wanted: Asked | None, *, opened: bool) -> str:
    """Write the site, into a temporary folder where none is named; say what is done."""
    made = Site(source, runs).make()
    home = folder or Path(tempfile.mkdtemp(prefix="trilane-read-"))
    try:
        write(made, home)
    except OSError as error:
        raise Problem(f"--site {home}: it cannot be written ({error.strerror}); name another folder") from None
    first = (home / (wanted.address if wanted else "index.html")).absolute()
    lines = [f"{len(made)} pages in {home}; the first is {first.as_uri()}"]
    if opened:
        shown = webbrowser.open(first.as_uri())
        lines.append(_told(home, shown=shown, kept=folder is not None))
    return "\n".join(lines)


def _told(home: Path, *, shown: bool, kept: bool) -> str:
    """Say how to end: nothing runs, so there is no more to end than the browser's tab."""
    what = "Shown in the browser" if shown else "No browser could be started: open that address in one"
    return f"{what}. Nothing runs behind it{'' if kept else f'; when it is read, remove {home}'}."


def write(made: dict[str, bytes], folder: Path) -> None:
    """Write a site into a folder; what else is there stays."""
    for page, content in made.items():
        path = folder / page
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
