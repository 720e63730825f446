"""Services that a person already has, named by a URL: looked at before anything leans on them.

Messages name the host and the database, never the URL: there may be a password in it.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict
from valkey import Valkey
from valkey.exceptions import ValkeyError

from backing.articles import is_filled
from backing.problem import Problem
from contract.queries import ARTICLES, AUTHORS

_CONNECT_TIMEOUT_S = 5
DATABASE_SCHEMES = ("postgresql",)
VALKEY_SCHEMES = ("valkey", "valkeys", "redis", "rediss", "unix")


def check_scheme(variable: str, url: str, schemes: tuple[str, ...]) -> None:
    """Raise a problem when the URL's scheme is not one of `schemes`."""
    scheme = url.partition("://")[0] if "://" in url else ""
    if scheme not in schemes:
        known = ", ".join(f"{known}://" for known in schemes)
        raise Problem(f"{variable} has the scheme {scheme or 'none'!r}: it must start with {known}")


def connect(url: str) -> "psycopg.Connection[tuple[object, ...]]":
    """Open a connection to the database that TRILANE_DATABASE_URL names; raise a problem when it does not answer."""
    check_scheme("TRILANE_DATABASE_URL", url, DATABASE_SCHEMES)
    try:
        parts = conninfo_to_dict(url, connect_timeout=_CONNECT_TIMEOUT_S)
    except psycopg.Error:
        # The driver's own message may quote a piece of the password.
        raise Problem(
            "TRILANE_DATABASE_URL is not a valid URL: write postgresql://USER:PASSWORD@HOST:PORT/DATABASE,"
            " with special characters in the password percent-encoded"
        ) from None
    try:
        connection = psycopg.connect(**parts, autocommit=True)  # type: ignore[arg-type]
    except psycopg.OperationalError as error:
        raise Problem(
            f"TRILANE_DATABASE_URL: the database {_place(parts)} does not answer: {_first_line(error, parts)};"
            " start it, mend the URL, or unset the variable to use a private one"
        ) from None
    _check_encoding(connection, _place(parts))
    return connection


def check_database(url: str) -> None:
    """Raise a problem unless the database answers and holds the rows that the apps read."""
    with connect(url) as connection:
        place = _place(conninfo_to_dict(url))
        try:
            filled = is_filled(connection)
        except psycopg.errors.UndefinedTable:
            raise Problem(
                f"TRILANE_DATABASE_URL: the database {place} has no tables: run `trilane fill` to make them"
            ) from None
        except psycopg.Error as error:
            raise Problem(
                f"TRILANE_DATABASE_URL: the database {place} cannot be read: {_first_line(error, {})};"
                " grant its user the right to read the tables"
            ) from None
    if not filled:
        raise Problem(
            f"TRILANE_DATABASE_URL: the database {place} does not hold the {ARTICLES} articles and {AUTHORS} authors"
            " that are measured: run `trilane fill` against an empty database"
        )


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


def _place(parts: Mapping[str, object]) -> str:
    host = parts.get("host") or parts.get("hostaddr") or "on the local socket"
    port = f":{parts['port']}" if "port" in parts else ""
    return f"{parts.get('dbname', parts.get('user', 'default'))} at {host}{port}"


def _valkey_place(url: str) -> str:
    parts = urlsplit(url)
    return f"at {parts.netloc.rpartition('@')[2] or parts.path}"


def _first_line(error: psycopg.Error, parts: Mapping[str, object]) -> str:
    line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    password = str(parts.get("password") or "")
    return line.replace(password, "***") if password else line
