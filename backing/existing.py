"""Services that a person already has, named by a URL: looked at before anything leans on them.

Messages name the host and the database, never the URL: there may be a password in it.
"""

from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pymysql
from pymysql.constants import ER
from valkey import Valkey
from valkey.exceptions import ValkeyError

from backing.articles import is_filled
from backing.database_url import POSTGRESQL, SCHEMES, Parts, parts
from backing.problem import Problem
from contract.queries import ARTICLES, AUTHORS

_CONNECT_TIMEOUT_S = 5
_ANSWER_TIMEOUT_S = 60
DATABASE_SCHEMES = tuple(SCHEMES)
VALKEY_SCHEMES = ("valkey", "valkeys", "redis", "rediss", "unix")


def check_scheme(variable: str, url: str, schemes: tuple[str, ...]) -> None:
    """Raise a problem when the URL's scheme is not one of `schemes`."""
    scheme = url.partition("://")[0] if "://" in url else ""
    if scheme not in schemes:
        known = ", ".join(f"{known}://" for known in schemes)
        raise Problem(f"{variable} has the scheme {scheme or 'none'!r}: it must start with {known}")


def connect(url: str) -> Any:  # noqa: ANN401 - of either driver
    """Open a connection to the database that TRILANE_DATABASE_URL names; raise a problem when it does not answer."""
    check_scheme("TRILANE_DATABASE_URL", url, DATABASE_SCHEMES)
    try:
        named = parts(url)
    except ValueError:
        # The parser's own message may quote a piece of the password.
        raise Problem(
            f"TRILANE_DATABASE_URL is not a valid URL: write {url.partition('://')[0]}://USER:PASSWORD@HOST:PORT/DATABASE,"
            " with special characters in the password percent-encoded"
        ) from None
    except OSError as error:
        raise Problem(
            f"TRILANE_DATABASE_URL: its password file cannot be read ({error.strerror}); mend its path or its rights"
        ) from None
    try:
        connection = _postgresql(url) if named.engine == POSTGRESQL else _mariadb(named)
    except (psycopg.OperationalError, pymysql.MySQLError, OSError) as error:
        raise Problem(
            f"TRILANE_DATABASE_URL: the database {named.place} does not answer: {_first_line(error, named.password)};"
            " start it, mend the URL, or unset the variable to use a private one"
        ) from None
    if named.engine == POSTGRESQL:
        _check_encoding(connection, named.place)
    return connection


def _postgresql(url: str) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(url, connect_timeout=_CONNECT_TIMEOUT_S, autocommit=True)


def _mariadb(named: Parts) -> Any:  # noqa: ANN401 - the driver ships no types
    where = {"unix_socket": named.socket} if named.socket else {"host": named.host, "port": named.port}
    return pymysql.connect(
        **where,
        user=named.user,
        password=named.password,
        database=named.database,
        connect_timeout=_CONNECT_TIMEOUT_S,
        read_timeout=_ANSWER_TIMEOUT_S,
        charset="utf8mb4",
        autocommit=True,
        ssl_disabled=True,
    )


def check_database(url: str) -> None:
    """Raise a problem unless the database answers and holds the rows that the apps read."""
    with closing(connect(url)) as connection:
        place = parts(url).place
        try:
            filled = is_filled(connection)
        except (psycopg.Error, pymysql.MySQLError) as error:
            if has_no_tables(error):
                raise Problem(
                    f"TRILANE_DATABASE_URL: the database {place} has no tables: run `trilane fill` to make them"
                ) from None
            raise Problem(
                f"TRILANE_DATABASE_URL: the database {place} cannot be read: {_first_line(error)};"
                " grant its user the right to read the tables"
            ) from None
    if not filled:
        raise Problem(
            f"TRILANE_DATABASE_URL: the database {place} does not hold the {ARTICLES} articles and {AUTHORS} authors"
            " that are measured: run `trilane fill` against an empty database"
        )


def has_no_tables(error: Exception) -> bool:
    """Tell whether a query failed because there is no such table."""
    return isinstance(error, psycopg.errors.UndefinedTable) or error.args[:1] == (ER.NO_SUCH_TABLE,)


def check_valkey(url: str) -> None:
    """Raise a problem unless the server answers."""
    check_scheme("TRILANE_VALKEY_URL", url, VALKEY_SCHEMES)
    try:
        with Valkey.from_url(url, socket_connect_timeout=_CONNECT_TIMEOUT_S, socket_timeout=_CONNECT_TIMEOUT_S) as it:
            it.ping()
    except (ValkeyError, ValueError, OSError) as error:
        reason = str(error) if isinstance(error, ValkeyError) else "it is not a valid URL"
        raise Problem(
            f"TRILANE_VALKEY_URL: the server {_valkey_place(url)} does not answer: {reason};"
            " start it, mend the URL, or unset the variable to use a private one"
        ) from None


def _check_encoding(connection: "psycopg.Connection[tuple[object, ...]]", place: str) -> None:
    """Raise a problem unless text is text: the driver hands out that of an SQL_ASCII database as bytes."""
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        connection.close()
        raise Problem(
            f"TRILANE_DATABASE_URL: the database {place} has the encoding {encoding}: make one with"
            " CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
        )


def _valkey_place(url: str) -> str:
    parts = urlsplit(url)
    return f"at {parts.netloc.rpartition('@')[2] or parts.path}"


def _first_line(error: Exception, password: str = "") -> str:
    text = str(error.args[-1]) if error.args else ""
    line = text.strip().splitlines()[0] if text.strip() else type(error).__name__
    return line.replace(password, "***") if password else line
