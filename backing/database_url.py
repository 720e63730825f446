"""Read the URL of a database: `postgresql://…`, `mysql://…` or `mariadb://…`, the last two for the same engine.

A password may stand in a file that `?passfile=…` names, in libpq's own format, for either engine.
"""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from psycopg.conninfo import conninfo_to_dict

POSTGRESQL, MARIADB = "postgresql", "mariadb"
ENGINES = (POSTGRESQL, MARIADB)
SCHEMES = {"postgresql": POSTGRESQL, "mysql": MARIADB, "mariadb": MARIADB}
_OWN_PLACES = {"host", "hostaddr", "port", "user", "password", "dbname"}
DEFAULT_PORTS = {POSTGRESQL: 5432, MARIADB: 3306}
# Of libpq's password file, whose lines are HOST:PORT:DATABASE:USER:PASSWORD.
_COLON, _ESCAPED = re.compile(r"(?<!\\):"), re.compile(r"\\(.)")


@dataclass(frozen=True)
class Parts:
    """What a URL names; `socket` is the Unix socket, or for PostgreSQL its folder; empty is what it leaves open.

    `others` are what else it tells libpq, such as where its password file is.
    """

    engine: str
    host: str
    port: int
    socket: str
    user: str
    password: str = field(repr=False)
    database: str
    others: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def place(self) -> str:
        """Name the database and where it is, for people: there is no password in it."""
        where = self.socket or (f"{self.host}:{self.port}" if self.host else "on the local socket")
        return f"{self.database or self.user or 'default'} at {where}"


def engine(url: str) -> str:
    """Return the engine that a URL's scheme names; raise `ValueError` where it names none."""
    scheme = url.partition("://")[0] if "://" in url else ""
    if scheme not in SCHEMES:
        raise ValueError(f"the scheme {scheme or 'none'!r} is none of {', '.join(SCHEMES)}")
    return SCHEMES[scheme]


def parts(url: str) -> Parts:
    """Return what a URL names; raise `ValueError`, without quoting the URL, where it cannot be read.

    Raises `OSError` where MariaDB's password file cannot be read; PostgreSQL's own library reads the other.
    """
    try:
        return _postgresql(url) if engine(url) == POSTGRESQL else _mariadb(url)
    except OSError:
        raise
    except Exception:  # noqa: BLE001 - whatever a parser raises may quote a piece of the password
        raise ValueError("the URL cannot be read: write SCHEME://USER:PASSWORD@HOST:PORT/DATABASE") from None


def _postgresql(url: str) -> Parts:
    found: dict[str, Any] = dict(conninfo_to_dict(url))
    host, port = str(found.get("host") or found.get("hostaddr") or ""), str(found.get("port") or "")
    return Parts(
        engine=POSTGRESQL,
        host="" if host.startswith("/") else host,
        port=int(port) if port.isdigit() else DEFAULT_PORTS[POSTGRESQL],
        socket=host if host.startswith("/") else "",
        user=str(found.get("user") or ""),
        password=str(found.get("password") or ""),
        database=str(found.get("dbname") or ""),
        others={name: str(value) for name, value in found.items() if name not in _OWN_PLACES},
    )


def _mariadb(url: str) -> Parts:
    split = urlsplit(url)
    query = parse_qs(split.query, strict_parsing=True) if split.query else {}
    if unknown := query.keys() - {"unix_socket", "passfile"}:
        raise ValueError(f"{len(unknown)} unknown parameters")
    socket, file = (query.get(name, [""])[-1] for name in ("unix_socket", "passfile"))
    found = Parts(
        engine=MARIADB,
        host="" if socket else unquote(split.hostname or "127.0.0.1"),
        port=split.port or DEFAULT_PORTS[MARIADB],
        socket=socket,
        user=unquote(split.username or ""),
        password=unquote(split.password or ""),
        database=unquote(split.path.removeprefix("/")),
    )
    return replace(found, password=_password(Path(file), found)) if file and split.password is None else found


def _password(file: Path, found: Parts) -> str:
    """Return the password of the file's first line that fits, empty where none does."""
    place = (found.host or "localhost", str(found.port), found.database, found.user)
    for line in file.read_text().splitlines():
        fields = [_ESCAPED.sub(r"\1", part) for part in _COLON.split(line)]
        if len(fields) == len(place) + 1 and all(map(_fits, fields, place)):
            return fields[-1]
    return ""


def _fits(pattern: str, name: str) -> bool:
    return pattern in {"*", name}
