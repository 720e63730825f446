"""Put articles into empty tables by SQLAlchemy; Django has a way of its own."""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from sqlalchemy import exists, insert, select, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from backing.articles import articles, authors
from backing.models import Article, Author, session
from backing.problem import Problem
from contract.errors import Refused

NO_DATABASE = "the database does not answer: start it, or name another one in TRILANE_DATABASE_URL"
NO_TABLES = "there are no tables: run init-db first"
NOT_EMPTY = "there are articles already: run drop-db and init-db first"
# Rows that bring their numbers do not move PostgreSQL's numbering on.
_NUMBERING = "SELECT setval(pg_get_serial_sequence('{0}', 'id'), (SELECT max(id) FROM {0}))"


def load(rows: int) -> None:
    """Put the first so many articles, and all authors, into empty tables; raise `Problem` where they are not."""
    with session(writes=True) as opened:
        if opened.scalar(select(exists(select(Article.id)))):
            raise Problem(NOT_EMPTY)
        opened.execute(insert(Author), [msgspec.structs.asdict(author) for author in authors()])
        opened.execute(insert(Article), [msgspec.structs.asdict(article) for article in articles()[:rows]])
        if opened.get_bind().dialect.name == "postgresql":
            for table in ("author", "article"):
                opened.execute(text(_NUMBERING.format(table)))
        opened.commit()


@contextmanager
def in_words() -> Iterator[None]:
    """Raise `Problem` where the database does not answer, or has no tables."""
    try:
        yield
    except (OperationalError, Refused):
        raise Problem(NO_DATABASE) from None
    except ProgrammingError:
        raise Problem(NO_TABLES) from None
