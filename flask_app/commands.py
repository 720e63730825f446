"""The site's own commands, in the framework's own command line."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import Blueprint

from backing import loading
from backing.models import create_all, drop_all
from backing.problem import Problem
from contract.commands import DROPPED, MADE, NAMELESS, ROWS, greeting, loaded

# DIFFERS: `flask --app flask_app` runs what a blueprint brings along.
routes = Blueprint("commands", __name__, cli_group=None)


@routes.cli.command("init-db")
def init_db() -> None:
    """Create the tables where they are missing."""
    with _told():
        create_all()
    click.echo(MADE)


@routes.cli.command("drop-db")
def drop_db() -> None:
    """Drop the tables, and all rows with them."""
    with _told():
        drop_all()
    click.echo(DROPPED)


@routes.cli.command("load")
@click.option("--rows", type=click.IntRange(ROWS.low, ROWS.high), default=ROWS.default, help="How many articles.")
def load(rows: int) -> None:
    """Put articles and their authors into empty tables."""
    with _told():
        loading.load(rows)
    click.echo(loaded(rows))


@routes.cli.command("greet")
@click.argument("person", metavar="NAME", required=False)
@click.option("--name", help="Whom to greet.")
@click.option("--url", help="Where they are.")
def greet(person: str | None, name: str | None, url: str | None) -> None:
    """Greet somebody."""
    if not (whom := person or name):
        raise click.UsageError(NAMELESS)
    click.echo(greeting(whom, url))


@contextmanager
def _told() -> Iterator[None]:
    try:
        with loading.in_words():
            yield
    except Problem as problem:
        raise click.ClickException(str(problem)) from None
