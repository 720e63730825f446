"""Count connections by their name in `pg_stat_activity`; `connections_mariadb` is the twin."""

import contextlib
from collections.abc import Callable, Iterator, Sequence

import psycopg

from backing.problem import Problem

_QUERY = (
    "SELECT name, application_name, count(*) FROM unnest(%s::text[]) AS name "
    "JOIN pg_stat_activity ON starts_with(application_name, name || ':') GROUP BY 1, 2 "
    "UNION ALL SELECT '', '', count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
)


@contextlib.contextmanager
def looking(url: str, own_name: str) -> Iterator[Callable[[Sequence[str]], list[tuple[str, str, int]] | None]]:
    """Give a function that counts the connections of servers; raise `Problem` where the database accepts none more."""
    with contextlib.ExitStack() as stack:
        try:
            connection = psycopg.connect(url, autocommit=True, connect_timeout=5, application_name=own_name)
        except psycopg.Error as error:
            raise Problem(f"the database accepts no further connection ({error}); raise its max_connections") from error
        stack.enter_context(connection)

        def look(names: Sequence[str]) -> list[tuple[str, str, int]] | None:
            try:
                return connection.execute(_QUERY, (list(names),)).fetchall()
            except psycopg.Error:
                return None

        yield look
