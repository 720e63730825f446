"""The sites' commands as a person types them, on databases of their own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from backing.articles import articles, authors
from backing.services import Services
from loadtests.servers.stacks import ROOT
from tests.stacks import stack_or_skip

PROGRAMS = {
    "flask": ("-m", "flask", "--app", "flask_app"),
    "fastapi": ("-m", "fastapi_app"),
    "django": ("-m", "django_app"),
}
TABLES = {"article", "article_tag", "author", "order", "tag"}
MODELS = """
import json, os
os.environ["DJANGO_SETTINGS_MODULE"] = "django_app.settings"
from django.db.models.signals import class_prepared, post_migrate, pre_migrate
told = []
class_prepared.connect(lambda sender, **_: told.append(f"class_prepared {sender.__name__}"), weak=False)
pre_migrate.connect(lambda sender, **_: told.append(f"pre_migrate {sender.label}"), weak=False)
post_migrate.connect(lambda sender, **_: told.append(f"post_migrate {sender.label}"), weak=False)
import django
django.setup()
from django.core.management import call_command
call_command("init-db")
print(json.dumps(told))
"""
_numbers = count(1)
Done = subprocess.CompletedProcess[str]


@pytest.fixture
def database(private_services: Services) -> Iterator[str]:
    """An empty database of the test's own."""
    name = f"commands_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(private_services.database_url, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        yield urlsplit(private_services.database_url)._replace(path=f"/{name}").geturl()
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@pytest.fixture(params=["current", "vintage"])
def python(request: pytest.FixtureRequest) -> Path:
    return stack_or_skip(request.param).python


def run(python: Path, *words: str, database: str = "postgresql://127.0.0.1:9/nobody") -> Done:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
    environment |= {"TRILANE_DATABASE_URL": database, "TRILANE_POOL_TIMEOUT_S": "2"}
    return subprocess.run([python, *words], capture_output=True, text=True, check=False, env=environment)


def tables(database: str) -> set[str]:
    with psycopg.connect(database) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        return {name for (name,) in rows}


@pytest.mark.parametrize("app", PROGRAMS)
def test_tables_are_made_filled_and_dropped(app: str, python: Path, database: str) -> None:
    program = PROGRAMS[app]
    for _ in range(2):
        made = run(python, *program, "init-db", database=database)
        assert (made.returncode, made.stdout, made.stderr) == (0, "The tables are there.\n", "")
        assert tables(database) == TABLES
    loaded = run(python, *program, "load", "--rows", "7", database=database)
    assert (loaded.returncode, loaded.stdout, loaded.stderr) == (0, "7 articles are there.\n", "")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SET timezone TO 'UTC'")
        found = connection.execute("SELECT id, title, author_id, created_at FROM article ORDER BY id").fetchall()
        assert found == [(one.id, one.title, one.author_id, one.created_at) for one in articles()[:7]]
        assert connection.execute("SELECT count(*) FROM author").fetchone() == (len(authors()),)
        # Who writes the next article gets the next number.
        added = "INSERT INTO author (name, email) VALUES ('Zoë', 'zoe@example.org') RETURNING id"
        assert connection.execute(added).fetchone() == (len(authors()) + 1,)
    again = run(python, *program, "load", database=database)
    assert again.returncode == 1
    assert "there are articles already" in again.stderr
    dropped = run(python, *program, "drop-db", database=database)
    assert (dropped.returncode, dropped.stdout, dropped.stderr) == (0, "The tables are gone.\n", "")
    assert tables(database) == set()


@pytest.mark.parametrize("app", PROGRAMS)
def test_a_command_that_finds_no_tables_or_no_database_says_so_in_one_line(app: str, database: str) -> None:
    python = Path(sys.executable)
    for where, said in ((database, "there are no tables"), ("postgresql://127.0.0.1:9/nobody", "does not answer")):
        failed = run(python, *PROGRAMS[app], "load", "--rows", "1", database=where)
        assert failed.returncode == 1
        assert said in failed.stderr
        assert failed.stderr.count("\n") == 1, failed.stderr


@pytest.mark.parametrize("app", PROGRAMS)
def test_somebody_is_greeted_by_name(app: str) -> None:
    python = Path(sys.executable)
    for words, said in (
        (["curry"], "Hello, curry!\n"),
        (["--name", "小雨"], "Hello, 小雨!\n"),
        (["--name", "curry", "--url", "http://127.0.0.1"], "Hello, curry! This is http://127.0.0.1.\n"),
    ):
        greeted = run(python, *PROGRAMS[app], "greet", *words)
        assert (greeted.returncode, greeted.stdout, greeted.stderr) == (0, said, "")


@pytest.mark.parametrize("app", PROGRAMS)
@pytest.mark.parametrize("words", [["greet"], ["load", "--rows", "0"], ["load", "--rows", "many"], ["no-such-command"]])
def test_a_wrong_word_ends_with_an_error_and_without_a_traceback(app: str, words: list[str]) -> None:
    wrong = run(Path(sys.executable), *PROGRAMS[app], *words)
    assert wrong.returncode in ({1, 2} if words == ["no-such-command"] else {2})
    assert wrong.stderr
    assert "Traceback" not in wrong.stderr


def test_django_tells_of_its_models_and_of_the_tables_that_it_makes(python: Path, database: str) -> None:
    told = run(python, "-c", MODELS, database=database)
    assert told.returncode == 0, told.stderr
    signals = json.loads(told.stdout.splitlines()[-1])
    assert {f"class_prepared {name}" for name in ("Author", "Article", "Tag", "Order")} <= set(signals)
    migrated = [signal for signal in signals if signal.partition(" ")[0] in {"pre_migrate", "post_migrate"}]
    assert migrated == ["pre_migrate django_app", "post_migrate django_app"]
