"""`trilane fill`: the tables and rows of a run in a database of one's own."""

import os
from contextlib import closing
from typing import Annotated, Any

import psycopg
import pymysql
import typer

from backing.articles import fill as fill_tables
from backing.articles import held
from backing.existing import connect, has_no_tables
from backing.problem import Problem
from contract.queries import ARTICLES, AUTHORS

_ERRORS = (psycopg.Error, pymysql.MySQLError)
_Overwrite = Annotated[bool, typer.Option("--overwrite", help="Empty tables that hold other rows.")]


def fill(*, overwrite: _Overwrite = False) -> None:
    """Create the tables and fill them in the database that TRILANE_DATABASE_URL names."""
    url = os.environ.get("TRILANE_DATABASE_URL", "")
    if not url:
        raise Problem("TRILANE_DATABASE_URL is not set: without it every run fills a private database by itself")
    with closing(connect(url)) as connection:
        found = _held(connection)
        if found not in {(0, 0), (ARTICLES, AUTHORS)} and not overwrite:
            raise Problem(
                f"the tables hold {found[0]} articles and {found[1]} authors that are not ours:"
                " use another database, or --overwrite to lose them"
            )
        try:
            fill_tables(connection)
        except _ERRORS as error:
            raise Problem(f"the tables cannot be filled: {_first_line(error)}") from None
    typer.echo(f"{ARTICLES} articles and {AUTHORS} authors are in the database.")


def _held(connection: Any) -> tuple[int, int]:  # noqa: ANN401 - of either driver
    try:
        return held(connection)
    except _ERRORS as error:
        if has_no_tables(error):
            return 0, 0
        raise Problem(f"the tables cannot be read: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    return str(error.args[-1]).splitlines()[0]
