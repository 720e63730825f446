"""The site's own commands, in the framework's own command line."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from backing import loading
from backing.models import create_all, drop_all
from backing.problem import Problem
from contract.commands import DROPPED, MADE, NAMELESS, ROWS, greeting, loaded

# DIFFERS: FastAPI has no commands; its author's Typer makes them, run by `python -m fastapi_app`.
program = typer.Typer(add_completion=False, no_args_is_help=True, help="The site in FastAPI.")

_Rows = Annotated[int, typer.Option(min=ROWS.low, max=ROWS.high, help="How many articles.")]
_Person = Annotated[str | None, typer.Argument(metavar="NAME", show_default=False)]
_Name = Annotated[str | None, typer.Option(help="Whom to greet.", show_default=False)]
_Url = Annotated[str | None, typer.Option(help="Where they are.", show_default=False)]


@program.command("init-db")
def init_db() -> None:
    """Create the tables where they are missing."""
    with _told():
        create_all()
    typer.echo(MADE)


@program.command("drop-db")
def drop_db() -> None:
    """Drop the tables, and all rows with them."""
    with _told():
        drop_all()
    typer.echo(DROPPED)


@program.command("load")
def load(rows: _Rows = ROWS.default) -> None:
    """Put articles and their authors into empty tables."""
    with _told():
        loading.load(rows)
    typer.echo(loaded(rows))


@program.command("greet")
def greet(person: _Person = None, name: _Name = None, url: _Url = None) -> None:
    """Greet somebody."""
    if not (whom := person or name):
        raise typer.BadParameter(NAMELESS)
    typer.echo(greeting(whom, url))


@contextmanager
def _told() -> Iterator[None]:
    try:
        with loading.in_words():
            yield
    except Problem as problem:
        typer.echo(f"Error: {problem}", err=True)
        raise typer.Exit(1) from None
