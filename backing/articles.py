"""The articles and their authors, made from a seed: the same bytes on every machine and engine.

Only `Random.random()` is used, the one method whose sequence Python promises to keep between its versions.
"""

from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

import msgspec
import psycopg
from psycopg.sql import SQL, Identifier

from contract.bodies import Article, Author
from contract.queries import ARTICLES, AUTHORS, COUNTS, EMPTY, SCHEMA

Connection = Any  # of psycopg or PyMySQL

SEED = 20_210_511
FIRST = datetime(2019, 1, 1, tzinfo=UTC)

GIVEN = ("Ada", "Björn", "Chloé", "Дмитрий", "Ελένη", "Fatima", "Grace", "宏", "Ines", "小雨")
FAMILY = ("Lovelace", "Ångström", "O'Neill", "Иванова", "Παπαδάκη", "al-Khwarizmi", "Hopper", "田中", "Müller", "陈")
SUBJECTS = ("request context", "connection pools", "greenlets", "event loops", "threads", "signals", "hooks", "locks")
# Markup, quotes and non-Latin text, which every layer up to the template has to carry unharmed.
TITLES = (
    "A field guide to {subject}, part {id}",
    "{subject}: what we learned, part {id}",
    "Is <b>{subject}</b> & friends worth it? Part {id}",
    "“Why {subject}?” she asked; 'why not?' — part {id}",
    'The "{subject}" chapter, part {id}',
    "深入理解 {subject}（第 {id} 篇）",
    "Заметки о {subject}, часть {id}",
    "{subject} مقدمة في, {id}",
    "<script>alert('{subject}')</script> and other titles, part {id} 🧵",
)
OPENINGS = ("In practice", "On a busy server", "Under load", "At first sight", "After a year", "With one core")
CLAIMS = (
    "the queue in front of the pool decides how long a caller waits",
    "a blocked loop stops every request, not only its own",
    "what is kept per thread is lost as soon as the work moves to another one",
    "the cheapest query is the one that is not sent",
    "a connection that is opened for each request costs more than the query",
    "two figures that were not taken together cannot be compared",
    "人们往往先优化最容易测量的部分",
    "самое медленное место редко там, где его ищут",
)
ENDINGS = ("", ", as the table shows", ", whatever the framework", ", and the fix is short", " & that is measurable")


def _pick(random: Random, words: tuple[str, ...]) -> str:
    return words[int(random.random() * len(words))]


def _sentence(random: Random) -> str:
    return f"{_pick(random, OPENINGS)}, {_pick(random, CLAIMS)}{_pick(random, ENDINGS)}."


def _authors() -> Iterator[Author]:
    for index in range(AUTHORS):
        name = f"{GIVEN[index % len(GIVEN)]} {FAMILY[index // len(GIVEN) % len(FAMILY)]}"
        yield Author(id=index + 1, name=name, email=f"author{index + 1}@example.org")


def _articles() -> Iterator[Article]:
    random = Random(SEED)
    for article_id in range(1, ARTICLES + 1):
        yield Article(
            id=article_id,
            title=_pick(random, TITLES).format(subject=_pick(random, SUBJECTS), id=article_id),
            author_id=1 + int(random.random() * AUTHORS),
            summary=_sentence(random),
            body="\n".join(_sentence(random) for _ in range(3 + int(random.random() * 6))),
            likes=int(random.random() * 500),
            version=1,
            created_at=FIRST + timedelta(hours=4 * article_id, seconds=int(random.random() * 14_400)),
        )


@cache
def authors() -> tuple[Author, ...]:
    """Return the authors, by id."""
    return tuple(_authors())


@cache
def articles() -> tuple[Article, ...]:
    """Return the articles, by id and, which is the same, from the oldest to the newest."""
    return tuple(_articles())


def is_filled(connection: Connection) -> bool:
    """Tell whether the tables hold as many articles and authors as are made here; raise where there are no tables."""
    return held(connection) == (ARTICLES, AUTHORS)


def held(connection: Connection) -> tuple[int, int]:
    """Return how many articles and authors there are; raise where there are no tables."""
    with closing(connection.cursor()) as cursor:
        cursor.execute(COUNTS)
        articles_held, authors_held = cursor.fetchone()
        return articles_held, authors_held


def fill(connection: Connection) -> None:
    """Create the tables where they are missing and fill them; do nothing where they are full.

    `connection` is one of psycopg or PyMySQL, in autocommit mode.
    """
    (_fill_postgresql if isinstance(connection, psycopg.Connection) else _fill_mariadb)(connection)


def _fill_postgresql(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    with connection.transaction():
        connection.execute(SCHEMA["postgresql"])
        if is_filled(connection):
            return
        connection.execute(EMPTY["postgresql"])
        _copy(connection, Author, authors())
        _copy(connection, Article, articles())
    connection.execute("ANALYZE")


def _copy(connection: psycopg.Connection, kind: type[Author | Article], rows: Iterable[Author | Article]) -> None:
    """Send the rows by COPY, and let the table's own numbering go on behind them."""
    table = Identifier(kind.__name__.lower())
    fields = SQL(", ").join(map(Identifier, kind.__struct_fields__))
    with connection.cursor() as cursor:
        with cursor.copy(SQL("COPY {} ({}) FROM STDIN").format(table, fields)) as copy:
            for row in rows:
                copy.write_row(msgspec.structs.astuple(row))
        cursor.execute(SQL("ALTER TABLE {} ALTER id RESTART WITH {}").format(table, cursor.rowcount + 1))


def _fill_mariadb(connection: Connection) -> None:
    with closing(connection.cursor()) as cursor:
        cursor.execute("SET SESSION sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')")
        for statement in statements(SCHEMA["mariadb"]):
            cursor.execute(statement)
        if is_filled(connection):
            return
        for statement in statements(EMPTY["mariadb"]):
            cursor.execute(statement)
        cursor.execute("START TRANSACTION")
        for kind, rows in ((Author, authors()), (Article, articles())):
            fields = kind.__struct_fields__
            places = ", ".join(["%s"] * len(fields))
            query = f"INSERT INTO {kind.__name__.lower()} ({', '.join(fields)}) VALUES ({places})"  # noqa: S608 - own names
            cursor.executemany(query, [msgspec.structs.astuple(row) for row in rows])
        cursor.execute("COMMIT")
        cursor.execute("ANALYZE TABLE article, author")


def statements(text: str) -> list[str]:
    """Return the statements of a text in which a semicolon ends each."""
    return [statement for part in text.split(";") if (statement := part.strip())]
