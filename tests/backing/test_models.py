"""The tables are the same whoever makes them, on both engines: the SQL of the contract, SQLAlchemy, or Django's ORM."""

import os
import subprocess
from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, inspect

from backing import direct
from backing.articles import statements
from backing.database_url import MARIADB, POSTGRESQL, engine
from backing.engines import URLS
from contract.queries import SCHEMA
from loadtests.servers.stacks import ROOT
from tests.stacks import stack_or_skip

PROGRAMS = {"SQLAlchemy": ("-m", "flask", "--app", "flask_app"), "Django": ("-m", "django_app")}
MADE_BY = [("SQLAlchemy", "current"), ("SQLAlchemy", "vintage"), ("Django", "current"), ("Django", "vintage")]
Columns = frozenset[tuple[str, ...]]
# Of a table: its columns, what is unique, the indexes of several columns, and what refers to other tables.
Shape = tuple[Columns, Columns, Columns, Columns]
# Of a column: its type, length, whether it may be null, default, collation, and what numbers it.
COLUMNS = {
    POSTGRESQL: "SELECT column_name, data_type, character_maximum_length, is_nullable, column_default, collation_name,"
    " identity_generation FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s",
    MARIADB: "SELECT column_name, column_type, character_maximum_length, is_nullable, column_default, collation_name,"
    " extra FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = %s",
}
# Text is not equal by its bytes where nobody says so.
MAKING = {POSTGRESQL: "", MARIADB: "CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"}
_numbers = count(1)


@pytest.fixture(params=[POSTGRESQL, pytest.param(MARIADB, marks=pytest.mark.slow)])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of an empty database of the test's own."""
    services = request.getfixturevalue("private_mariadb" if request.param == MARIADB else "private_services")
    name = f"models_{os.getpid()}_{next(_numbers)}"
    with direct.cursor(services.database_url) as cursor:
        cursor.execute(f"CREATE DATABASE {name} {MAKING[services.engine]}")
        yield services.database_url.replace("/trilane?", f"/{name}?")
        cursor.execute(f"DROP DATABASE {name}")


def columns(cursor: Any, url: str, table: str) -> Columns:
    cursor.execute(COLUMNS[engine(url)], (table,))
    return frozenset(tuple(map(str, row)) for row in cursor.fetchall())


def shapes(url: str) -> dict[str, Shape]:
    """Return what the database says of its tables."""
    made = create_engine(URLS[engine(url)], creator=partial(direct.connect, url), poolclass=NullPool)
    with made.connect() as connection, direct.cursor(url) as cursor:
        found = inspect(connection)
        return {
            table: (
                columns(cursor, url, table),
                frozenset(
                    tuple(str(name) for name in each["column_names"]) for each in found.get_unique_constraints(table)
                ),
                frozenset(
                    tuple(str(name) for name in each["column_names"])
                    for each in found.get_indexes(table)
                    if len(each["column_names"]) > 1 and not each["unique"]
                ),
                frozenset(
                    (*each["constrained_columns"], each["referred_table"], *map(str, sorted(each["options"].items())))
                    for each in found.get_foreign_keys(table)
                ),
            )
            for table in found.get_table_names()
            if not table.startswith("django_")
        }


def run(python: Path, program: tuple[str, ...], *words: str, database: str) -> str:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        [python, *program, *words],
        env={**environment, "TRILANE_DATABASE_URL": database}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(("maker", "versions"), MADE_BY)
def test_an_orm_makes_the_tables_that_the_contract_has_in_sql(database: str, maker: str, versions: str) -> None:
    python = stack_or_skip(versions).python
    with direct.cursor(database) as cursor:
        for statement in statements(SCHEMA[engine(database)]):
            cursor.execute(statement)
    wanted = shapes(database)
    _, uniques, indexes, _ = wanted["article"]
    assert uniques == {("author_id", "title")}
    assert indexes == {("author_id", "created_at")}
    _, uniques, _, references = wanted["article_tag"]
    assert uniques == {("article_id", "tag_id")}
    gone = "('ondelete', 'CASCADE')"
    assert references == {("article_id", "article", gone), ("tag_id", "tag", gone)}
    run(python, PROGRAMS[maker], "drop-db", database=database)
    assert shapes(database) == {}
    run(python, PROGRAMS[maker], "init-db", database=database)
    assert shapes(database) == wanted
    assert run(python, PROGRAMS[maker], "load", "--rows", "7", database=database) == "7 articles are there.\n"
