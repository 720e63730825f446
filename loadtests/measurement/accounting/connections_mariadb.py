"""Count connections by their name in the performance schema; `connections_postgres` is the twin.

A server of one's own may have that schema switched off, which only a restart changes; then nothing is counted by name.
A connection has its name there once it is logged in; those that still wait for that are only among all sessions.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence

import pymysql

from backing.existing import connect
from backing.problem import Problem

_QUERY = (
    "SELECT attr_value, count(*) FROM performance_schema.session_connect_attrs "
    "WHERE attr_name = 'program_name' GROUP BY 1"
)
_ALL = "SHOW GLOBAL STATUS LIKE 'Threads_connected'"


@contextlib.contextmanager
def looking(url: str, _: str) -> Iterator[Callable[[Sequence[str]], list[tuple[str, str, int]] | None]]:
    """Give a function that counts the connections of servers; raise `Problem` where the database accepts none more."""
    with contextlib.closing(_connected(url)) as connection, connection.cursor() as cursor:

        def look(names: Sequence[str]) -> list[tuple[str, str, int]] | None:
            try:
                cursor.execute(_QUERY)
                found = [(str(called), int(held)) for called, held in cursor.fetchall()]
                cursor.execute(_ALL)
                ((_, held_by_all),) = cursor.fetchall()
            except pymysql.MySQLError:
                return None
            own = [(name, called, held) for name in names for called, held in found if called.startswith(f"{name}:")]
            return [*own, ("", "", int(held_by_all))]

        yield look


def _connected(url: str) -> pymysql.connections.Connection:
    try:
        return connect(url)
    except Problem as problem:
        raise Problem(f"the database accepts no further connection ({problem}); raise its max_connections") from None
