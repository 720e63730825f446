"""The anomalies, each as two transactions that interleave step by step at the same level."""

from collections.abc import Callable
from typing import Any

from backing.problem import Problem
from loadtests.isolation.promises import DIRTY, LOST, NON_REPEATABLE, PHANTOM, PHANTOM_LOCKING
from loadtests.isolation.session import Session

TABLE = "trilane_isolation"
# What is there before each of them: one row, whose value is 1.
FIRST = 1
READ = f"SELECT value FROM {TABLE} WHERE id = 1"  # noqa: S608 - our own name
# One more row is another last one; rows that are counted cannot be locked in PostgreSQL.
LAST = f"SELECT id FROM {TABLE} WHERE value < 100 ORDER BY id DESC LIMIT 1"  # noqa: S608 - as above
LOCKING = f"{LAST} FOR UPDATE"
SET = f"UPDATE {TABLE} SET value = %s WHERE id = 1"  # noqa: S608 - as above
ADD = f"INSERT INTO {TABLE} (id, value) VALUES (2, 2)"  # noqa: S608 - as above

Sides = tuple[Session, Session]
# It tells whether the anomaly happened, when both have ended; what the row holds then is handed to it.
Happened = Callable[[int], bool]
Script = Callable[[Sides, str], Happened]


def dirty_read(sides: Sides, level: str) -> Happened:
    """Read what another transaction has written and takes back."""
    reader, writer = _begun(sides, level)
    writer.do(SET, FIRST + 1)
    seen = reader.do(READ)
    writer.do("ROLLBACK")
    reader.end()
    return lambda _: _done(writer) and bool(seen() == FIRST + 1)


def non_repeatable_read(sides: Sides, level: str) -> Happened:
    """Read a row twice, and find another value the second time."""
    return _read_twice(sides, level, (READ, READ), (SET, FIRST + 1))


def phantom(sides: Sides, level: str) -> Happened:
    """Ask the same question twice by plain reads, and find a row more the second time."""
    return _read_twice(sides, level, (LAST, LAST), (ADD,))


def phantom_locking(sides: Sides, level: str) -> Happened:
    """Ask by a plain read, then by one that locks what it finds, and find a row more the second time."""
    return _read_twice(sides, level, (LAST, LOCKING), (ADD,))


def lost_update(sides: Sides, level: str) -> Happened:
    """Read, and write one more than was read: of two who do, one is lost, where both are told that it is done."""
    one, other = _begun(sides, level)
    first, second = one.do(READ), other.do(READ)
    one.do(SET, _more(first()))
    other.do(SET, _more(second()))
    one.end()
    other.end()
    return lambda left: one.refused is None and other.refused is None and left < FIRST + 2


SCRIPTS: dict[str, Script] = {
    DIRTY: dirty_read,
    NON_REPEATABLE: non_repeatable_read,
    PHANTOM: phantom,
    PHANTOM_LOCKING: phantom_locking,
    LOST: lost_update,
}


def _begun(sides: Sides, level: str) -> Sides:
    for side in sides:
        side.begin(level)
    return sides


def _read_twice(sides: Sides, level: str, questions: tuple[str, str], change: tuple[Any, ...]) -> Happened:
    reader, writer = _begun(sides, level)
    first = reader.do(questions[0])
    writer.do(*change)
    writer.end()
    second = reader.do(questions[1])
    reader.end()
    return lambda _: _done(writer) and reader.refused is None and bool(first() != second())


def _done(writer: Session) -> bool:
    """Return true; raise a problem where the change itself was refused, since there was nothing then to keep out."""
    if writer.refused is not None:
        raise Problem(
            f"the database refused with {writer.refused} what the other side was to see or not to see;"
            " so nothing is shown: measure again"
        )
    return True


def _more(value: Any) -> int:  # noqa: ANN401 - None where the read was refused
    return int(value or 0) + 1
