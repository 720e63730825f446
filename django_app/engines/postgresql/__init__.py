"""Django's engine for PostgreSQL, and what its pool does where the database does not accept a connection."""

from typing import Any

import psycopg


def refuse_waiting(pool: Any) -> None:  # noqa: ANN401 - of what `psycopg_pool` calls it with nothing is public
    """Let nobody wait for a database that is down; whoever comes next tries anew."""
    error = psycopg.OperationalError("the database did not accept a connection a moment ago")
    while pool._waiting:  # noqa: SLF001 - there is no other way to tell those who wait
        pool._waiting.popleft().fail(error)  # noqa: SLF001 - as above
