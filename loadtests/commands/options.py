"""The options that stand before a command: `trilane --lanes FILE compare`."""

from pathlib import Path
from typing import Annotated

import typer

from loadtests.servers import own

_Lanes = Annotated[Path | None, typer.Option("--lanes", help="Add the lanes in this TOML file.")]


def options(*, lanes: _Lanes = None) -> None:
    """Measure Flask, FastAPI and Django as threads, processes, greenlets and coroutines."""
    if lanes is not None:
        own.add(lanes)
