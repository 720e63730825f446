"""Measure each level against each anomaly on the database of a URL, in a table of its own that is removed again."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import Any

import msgspec

from backing import direct
from backing.database_url import MARIADB, engine
from backing.driver import LEVELS
from backing.problem import Problem
from loadtests.isolation.anomalies import FIRST, READ, SCRIPTS, TABLE
from loadtests.isolation.promises import SNAPSHOT, Promise, manual, standard
from loadtests.isolation.session import ERRORS, Session, ask, first_line

# So that nobody waits for ever where the two wait for each other and the database does not see it.
_LOCK_WAIT_S = 10
_VERSION = {"postgresql": "SHOW server_version", "mariadb": "SELECT version()"}
# The name that each of the two servers has for it, in comments that only that one reads.
_MARIADB_DEFAULT = "SELECT /*M!100000 @@global.tx_isolation *//*!80003 @@global.transaction_isolation */"
_DEFAULT = {"postgresql": "SHOW default_transaction_isolation", "mariadb": _MARIADB_DEFAULT}


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What one level did about one anomaly: whether it happened, and how it was kept from happening.

    `how` is empty, `waits` where a side had to wait for the other, or the code with which one was refused.
    """

    level: str
    anomaly: str
    happened: bool
    how: str
    standard: Promise
    manual: Promise


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """One engine as it is set: its version, the level that it begins transactions with, and what was found.

    `setting` is what was set for the measurement, `default_setting` what the server has by itself; both are None where
    it has no such setting.
    """

    engine: str
    version: str
    default_level: str
    default_setting: str | None
    setting: str | None
    found: list[Found]


def measure(url: str) -> list[Measured]:
    """Return what was found, once for each setting of the engine that decides about it.

    Raises a problem where the database does not do what is needed to find out.
    """
    try:
        with closing(direct.connect(url)) as observer, _table(observer):
            return _measured(url, observer)
    except ERRORS as error:
        raise Problem(
            f"the database cannot be measured: {first_line(error)}; give its user the right to make a table (and the"
            " privilege PROCESS on MariaDB), or unset TRILANE_DATABASE_URL to use a private database"
        ) from None


def _measured(url: str, observer: Any) -> list[Measured]:  # noqa: ANN401 - the engine's own kind
    kind = engine(url)
    settings = _settings(kind, observer)
    about = {
        "engine": kind,
        "version": str(ask(observer, _VERSION[kind])),
        "default_level": str(ask(observer, _DEFAULT[kind])).upper().replace("-", " "),
    }
    usual = settings[int(ask(observer, f"SELECT @@global.{SNAPSHOT}"))] if settings[0] else None
    return [
        Measured(**about, default_setting=usual, setting=setting, found=[*_found(url, observer, setting)])
        for setting in settings
    ]


def _settings(kind: str, observer: Any) -> tuple[str | None, ...]:  # noqa: ANN401 - as above
    """Return the settings to try, off before on: MariaDB has one, from some version on, that decides about much."""
    known = kind == MARIADB and ask(observer, f"SHOW VARIABLES LIKE '{SNAPSHOT}'") is not None
    return (f"{SNAPSHOT}=OFF", f"{SNAPSHOT}=ON") if known else (None,)


def _found(url: str, observer: Any, setting: str | None) -> Iterator[Found]:  # noqa: ANN401 - as above
    for level in LEVELS:
        for anomaly in SCRIPTS:
            happened, how = _tried(url, observer, setting, level, anomaly)
            yield Found(
                level=level,
                anomaly=anomaly,
                happened=happened,
                how=how,
                standard=standard(level, anomaly),
                manual=manual(engine(url), setting, level, anomaly),
            )


def _tried(url: str, observer: Any, setting: str | None, level: str, anomaly: str) -> tuple[bool, str]:  # noqa: ANN401
    """Let two sessions interleave once; return whether the anomaly happened, and how it was kept from happening."""
    # A row that was only deleted may still be there for MariaDB to lock, and turn a wait into a deadlock.
    ask(observer, f"TRUNCATE TABLE {TABLE}")
    ask(observer, f"INSERT INTO {TABLE} (id, value) VALUES (1, %s)", FIRST)  # noqa: S608 - our own name
    with ExitStack() as leaving:
        sides = (_session(url, observer, setting), _session(url, observer, setting))
        for side in sides:
            leaving.callback(side.leave)
        happened = SCRIPTS[anomaly](sides, level)
    if happened(int(ask(observer, READ))):
        return True, ""
    refused = next((side.refused for side in sides if side.refused), None)
    return False, refused or ("waits" if any(side.waited for side in sides) else "")


def _session(url: str, observer: Any, setting: str | None) -> Session:  # noqa: ANN401 - as above
    connection = direct.connect(url)
    if engine(url) == MARIADB:
        ask(connection, f"SET SESSION innodb_lock_wait_timeout = {_LOCK_WAIT_S}")
        if setting is not None:
            ask(connection, f"SET SESSION {setting.replace('=', ' = ')}")
    else:
        ask(connection, f"SET lock_timeout = '{_LOCK_WAIT_S}s'")
    return Session(engine(url), connection, observer)


@contextmanager
def _table(observer: Any) -> Iterator[None]:  # noqa: ANN401 - as above
    ask(observer, f"DROP TABLE IF EXISTS {TABLE}")
    ask(observer, f"CREATE TABLE {TABLE} (id integer PRIMARY KEY, value integer NOT NULL)")
    try:
        yield
    except BaseException:
        # What went wrong is to be told, not what went wrong after it.
        with suppress(*ERRORS):
            ask(observer, f"DROP TABLE IF EXISTS {TABLE}")
        raise
    ask(observer, f"DROP TABLE IF EXISTS {TABLE}")
