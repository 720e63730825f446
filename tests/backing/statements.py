"""What a database itself says of the queries that it was sent: which, how often, how many rows, by which plan."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from backing.database_url import MARIADB, engine
from backing.existing import connect

# What neither the text nor the plan of a query changes for: that an ORM asks for no more rows than it would refuse.
_NO_WORK = {"Limit"}
_READS = "SELECT"
_TABLE = "article"


@dataclass(frozen=True)
class Seen:
    """What a database did for one request, as a mean over several: queries, rows, and each query's plan."""

    queries: float
    rows: float
    plans: frozenset[tuple[str, ...]]


def seen(url: str, ask: Callable[[], object], times: int) -> Seen:
    """Ask a few times, and return what the database counted meanwhile; nobody else may ask it."""
    with closing(connect(url)) as connection, closing(connection.cursor()) as cursor:
        counted = _mariadb if engine(url) == MARIADB else _postgresql
        return counted(cursor, lambda: [ask() for _ in range(times)], times)


def statements(url: str, ask: Callable[[], object]) -> int:
    """Ask, and return how many statements PostgreSQL was sent, with those that begin and end transactions."""
    with closing(connect(url)) as connection, closing(connection.cursor()) as cursor:
        cursor.execute("SELECT pg_stat_statements_reset()")
        ask()
        cursor.execute("SELECT sum(calls) FROM pg_stat_statements WHERE query NOT LIKE %s", ("%pg_stat_statements%",))
        ((calls,),) = cursor.fetchall()
        return int(calls)


def _postgresql(cursor: Any, ask: Callable[[], object], times: int) -> Seen:
    cursor.execute("SELECT pg_stat_statements_reset()")
    ask()
    cursor.execute(
        "SELECT query, calls, rows FROM pg_stat_statements WHERE query ILIKE %s AND query LIKE %s",
        (f"{_READS}%", f"%{_TABLE}%"),
    )
    found = [row for row in cursor.fetchall() if "pg_stat_statements" not in row[0]]
    plans = set()
    for query, _, _ in found:
        cursor.execute(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {query}")
        (plan,) = cursor.fetchone()
        top = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
        plans.add(tuple(node for node in _nodes(top) if node not in _NO_WORK))
    calls, rows = sum(row[1] for row in found), sum(row[2] for row in found)
    return Seen(calls / times, rows / times, frozenset(plans))


def _nodes(plan: dict[str, Any]) -> Iterator[str]:
    """Give the steps of a plan from the top, each with the index that it uses."""
    yield " ".join(str(plan[name]) for name in ("Node Type", "Scan Direction", "Index Name") if name in plan)
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


# Rows are counted where they are read: what a new connection asks about the server itself is no work of an app.
_READ = "SELECT sum(rows_read) FROM information_schema.table_statistics WHERE table_name IN ('article', 'author')"


def _mariadb(cursor: Any, ask: Callable[[], object], times: int) -> Seen:
    for statement in ("SET GLOBAL log_output = 'TABLE'", "TRUNCATE TABLE mysql.general_log"):
        cursor.execute(statement)
    for statement in ("SET GLOBAL userstat = ON", "FLUSH TABLE_STATISTICS", "SET GLOBAL general_log = ON"):
        cursor.execute(statement)
    ask()
    for statement in ("SET GLOBAL general_log = OFF", "SET GLOBAL userstat = OFF"):
        cursor.execute(statement)
    cursor.execute(_READ)
    ((read,),) = cursor.fetchall()
    cursor.execute("SELECT CONVERT(argument USING utf8mb4) FROM mysql.general_log WHERE command_type = 'Query'")
    queries = [text for (text,) in cursor.fetchall() if text.startswith(_READS) and _TABLE in text]
    plans = set()
    for query in set(queries):
        cursor.execute(f"EXPLAIN {query}")
        # Of each table: how it is reached, and by which key.
        plans.add(tuple(f"{row[3]} {row[5]}" for row in cursor.fetchall()))
    return Seen(len(queries) / times, float(read) / times, frozenset(plans))
