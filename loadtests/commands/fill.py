"""`trilane fill`: the tables and rows of a run in a database of one's own."""

import os
from typing import Annotated

import psycopg
import typer

from backing.articles import fill as fill_tables
from backing.existing import connect
from backing.problem import Problem
from contract.queries import ARTICLES, AUTHORS, COUNTS

_Overwrite = Annotated[bool, typer.Option("--overwrite", help="Empty tables that hold other rows.")]


def fill(*, overwrite: _Overwrite = False) -> None:
    """Create the tables and fill them in the database that TRILANE_DATABASE_URL names."""
    url = os.environ.get("TRILANE_DATABASE_URL", "")
    if not url:
        raise Problem("TRILANE_DATABASE_URL is not set: without it every run fills a private database by itself")
    with connect(url) as connection:
        held = _held(connection)
        if held not in {(0, 0), (ARTICLES, AUTHORS)} and not overwrite:
            raise Problem(
                f"the tables hold {held[0]} articles and {held[1]} authors that are not ours:"
                " use another database, or --overwrite to lose them"
            )
        try:
            fill_tables(connection)
        except psycopg.Error as error:
            raise Problem(f"the tables cannot be filled: {str(error).splitlines()[0]}") from None
    typer.echo(f"{ARTICLES} articles and {AUTHORS} authors are in the database.")


def _held(connection: psycopg.Connection[tuple[object, ...]]) -> tuple[object, ...]:
    try:
        return connection.execute(COUNTS).fetchone() or (0, 0)
    except psycopg.errors.UndefinedTable:
        return 0, 0
    except psycopg.Error as error:
        raise Problem(f"the tables cannot be read: {str(error).splitlines()[0]}") from None
