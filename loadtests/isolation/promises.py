"""What the standard and the manuals promise of each isolation level.

The standard is SQL:1992, which defines the levels by three phenomena; it does not name the lost update, which Berenson
and others describe in "A Critique of ANSI SQL Isolation Levels" (1995). Only SERIALIZABLE rules it out there, since no
serial order has that outcome. `not named` is what it says nothing of. At READ UNCOMMITTED it lets nobody write at all;
both engines do.

It knows one kind of read. Both engines have two: plain ones, which lock nothing, and those of `FOR UPDATE`.
"""

from typing import Literal

from backing.database_url import MARIADB, POSTGRESQL
from backing.driver import LEVELS

DIRTY, NON_REPEATABLE, PHANTOM, PHANTOM_LOCKING, LOST = ANOMALIES = (
    "dirty read",
    "non-repeatable read",
    "phantom (plain reads)",
    "phantom (locking read)",
    "lost update",
)
SNAPSHOT = "innodb_snapshot_isolation"

Promise = Literal["possible", "not possible", "not named"]
Row = tuple[Promise, Promise, Promise, Promise, Promise]

_POSSIBLE: Promise = "possible"
_NEVER: Promise = "not possible"
_UNNAMED: Promise = "not named"

STANDARD: dict[str, Row] = {
    "READ UNCOMMITTED": (_POSSIBLE, _POSSIBLE, _POSSIBLE, _POSSIBLE, _UNNAMED),
    "READ COMMITTED": (_NEVER, _POSSIBLE, _POSSIBLE, _POSSIBLE, _UNNAMED),
    "REPEATABLE READ": (_NEVER, _NEVER, _POSSIBLE, _POSSIBLE, _UNNAMED),
    "SERIALIZABLE": (_NEVER, _NEVER, _NEVER, _NEVER, _NEVER),
}

# PostgreSQL's manual, "Transaction Isolation": table 13.1; for locking reads and updates, "Read Committed" (they find
# rows as they are by then) and "Repeatable Read" (they find rows as of the snapshot, and fail where one has changed).
_POSTGRESQL: dict[str, Row] = {
    "READ UNCOMMITTED": (_NEVER, _POSSIBLE, _POSSIBLE, _POSSIBLE, _POSSIBLE),
    "READ COMMITTED": (_NEVER, _POSSIBLE, _POSSIBLE, _POSSIBLE, _POSSIBLE),
    "REPEATABLE READ": (_NEVER, _NEVER, _NEVER, _NEVER, _NEVER),
    "SERIALIZABLE": (_NEVER, _NEVER, _NEVER, _NEVER, _NEVER),
}

# MariaDB's manual, "SET TRANSACTION": at REPEATABLE READ plain reads are of one snapshot, which it does not say of
# locking ones; at SERIALIZABLE plain reads lock as well. The system variable innodb_snapshot_isolation says whether a
# row that is not in the snapshot may be locked, and so written.
_MARIADB: dict[str, Row] = {
    "READ UNCOMMITTED": (_POSSIBLE, _POSSIBLE, _POSSIBLE, _POSSIBLE, _POSSIBLE),
    "READ COMMITTED": (_NEVER, _POSSIBLE, _POSSIBLE, _POSSIBLE, _POSSIBLE),
    "REPEATABLE READ": (_NEVER, _NEVER, _NEVER, _POSSIBLE, _POSSIBLE),
    "SERIALIZABLE": (_NEVER, _NEVER, _NEVER, _NEVER, _NEVER),
}


def standard(level: str, anomaly: str) -> Promise:
    """Return what the standard says of an anomaly at a level."""
    return STANDARD[level][ANOMALIES.index(anomaly)]


def manual(engine: str, setting: str | None, level: str, anomaly: str) -> Promise:
    """Return what the engine's manual says; `setting` is `innodb_snapshot_isolation=ON`, `…=OFF`, or None."""
    if setting == f"{SNAPSHOT}=ON" and level == LEVELS[2] and anomaly in {PHANTOM_LOCKING, LOST}:
        return _NEVER
    return {POSTGRESQL: _POSTGRESQL, MARIADB: _MARIADB}[engine][level][ANOMALIES.index(anomaly)]
