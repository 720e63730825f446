"""The second engine: a private one with the same rows, an existing one by URL, every mistake answered in one line."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from backing import mariadb
from backing.articles import articles, authors
from backing.existing import check_database, connect
from backing.problem import Problem
from backing.services import Services, chosen_engine, services
from contract.bodies import Article, Author

ROOT = Path(__file__).parent.parent.parent
ROWS = "SELECT id, title, author_id, summary, body, likes, version, created_at FROM article ORDER BY id"


def asked(services: Services, *queries: str) -> list[tuple[tuple[Any, ...], ...]]:
    with closing(connect(services.database_url)) as connection, closing(connection.cursor()) as cursor:
        found = []
        for query in queries:
            cursor.execute(query)
            found.append(cursor.fetchall())
        return found


@pytest.fixture
def empty_mariadb(private_mariadb: Services) -> Iterator[str]:
    """The URL of a database without tables."""
    asked(private_mariadb, "CREATE DATABASE other CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
    yield private_mariadb.database_url.replace("/trilane?", "/other?")
    asked(private_mariadb, "DROP DATABASE other")


@pytest.mark.slow
def test_the_private_one_holds_the_rows_of_the_generator(private_mariadb: Services) -> None:
    rows, writers = asked(private_mariadb, ROWS, "SELECT id, name, email FROM author ORDER BY id")
    assert [Author(*row) for row in writers] == list(authors())
    # This connection hands out times as the table holds them: in UTC, and without saying so.
    found = [Article(*row) for row in rows]
    assert [each.title for each in found] == [each.title for each in articles()]
    assert [each.created_at for each in found] == [each.created_at.replace(tzinfo=None) for each in articles()]


@pytest.mark.slow
def test_what_the_rows_lean_on_is_stated(private_mariadb: Services) -> None:
    names = ("max_connections", "skip_networking", "log_bin", "innodb_flush_log_at_trx_commit", "time_zone")
    ((shown,),) = asked(private_mariadb, f"SELECT {', '.join(f'@@{name}' for name in names)}")
    assert shown == (1_000, 1, 0, 0, "+00:00")
    assert sorted(private_mariadb.processes) == ["mariadb", "upstream", "valkey"]
    assert private_mariadb.engine == "mariadb"


@pytest.mark.slow
def test_an_empty_database_is_filled_by_the_command_and_used_by_its_url(
    empty_mariadb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Problem, match=r"has no tables: run `trilane fill`"):
        check_database(empty_mariadb)
    monkeypatch.setenv("TRILANE_DATABASE_URL", empty_mariadb)
    done = subprocess.run([sys.executable, "-m", "loadtests", "fill"], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    with services(tmp_path, log_folder=tmp_path) as existing:
        assert existing.engine == "mariadb"
        assert "mariadb" not in existing.processes


def test_an_existing_database_that_does_not_answer_is_a_problem_without_its_password() -> None:
    with pytest.raises(Problem, match=r"the database site at 127.0.0.1:1 does not answer") as caught:
        check_database("mysql://me:s3cret@127.0.0.1:1/site")
    assert "s3cret" not in str(caught.value)


def test_without_the_program_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRILANE_DATABASE_URL", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(mariadb, "FOLDERS", ("/nowhere",))
    with pytest.raises(Problem, match="apt-get install mariadb-server-core") as caught:
        chosen_engine("mariadb")
    assert "\n" not in str(caught.value)


def test_an_engine_that_is_not_the_urls_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRILANE_DATABASE_URL", "mysql://me@127.0.0.1/site")
    assert chosen_engine(None) == "mariadb"
    with pytest.raises(Problem, match="names a database of the kind mariadb"):
        chosen_engine("postgresql")
    with pytest.raises(Problem, match="--database oracle: there is no such engine"):
        chosen_engine("oracle")
