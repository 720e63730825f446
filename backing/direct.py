"""Ask the database of a URL from outside the apps: by one plain connection, whichever engine it is."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
import pymysql

from backing.database_url import MARIADB, engine
from backing.existing import connect as connect_plainly
from backing.problem import Problem

ERRORS = (psycopg.Error, pymysql.MySQLError, OSError, Problem)
# Names in double quotes, as in the standard; nothing is cut short in silence.
_MODE = "ANSI_QUOTES,STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION"


def connect(url: str) -> Any:  # noqa: ANN401 - the engine's own kind
    """Open a connection in autocommit mode; raise a problem where the database does not answer."""
    connection = connect_plainly(url)
    if engine(url) == MARIADB:
        with closing(connection.cursor()) as opened:
            opened.execute("SET SESSION sql_mode = %s, time_zone = '+00:00'", (_MODE,))
    return connection


@contextmanager
def cursor(url: str) -> Iterator[Any]:
    """Give a cursor on a connection of its own; what goes wrong is one of `ERRORS`."""
    with closing(connect(url)) as connection, closing(connection.cursor()) as opened:
        yield opened
