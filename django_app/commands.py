"""The site's own commands, in the framework's own command line."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from django.core.management import CommandError, call_command
from django.core.management.color import no_style
from django.db import OperationalError, ProgrammingError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from backing.articles import articles, authors, statements
from backing.database_url import engine
from backing.loading import NO_DATABASE, NO_TABLES, NOT_EMPTY
from backing.settings import settings
from contract.commands import DROPPED, MADE, NAMELESS, greeting, loaded
from contract.queries import SCHEMA
from django_app.models import Article, Author, Order, Tag

# DIFFERS: Django finds a command in a module of its name: `management/commands` has those that call these functions.


def init_db() -> str:
    """Create the tables where they are missing."""
    with _told():
        # Django can declare neither the collation of a table, nor what the database does with rows that refer to one
        # that is deleted, nor, in 3.2, what a column is where nothing is said: the contract's SQL makes the tables.
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in statements(SCHEMA[engine(settings().database_url)]):
                cursor.execute(statement)
        call_command("migrate", run_syncdb=True, interactive=False, verbosity=0)
        # Django 3.2 makes a table of migrations where there are none.
        book = MigrationRecorder(connection)
        if book.has_table() and not book.applied_migrations():
            with connection.schema_editor() as editor:
                editor.delete_model(book.Migration)
    return MADE


def drop_db() -> str:
    """Drop the tables, and all rows with them."""
    with _told(), connection.schema_editor() as editor:
        there = connection.introspection.table_names()
        for model in (Order, Article, Tag, Author):
            if model._meta.db_table in there:  # noqa: SLF001 - Django's public name for it
                editor.delete_model(model)
    return DROPPED


def load(rows: int) -> str:
    """Put articles and their authors into empty tables."""
    with _told(), transaction.atomic(), connection.cursor() as cursor:
        if Article.objects.exists():
            raise CommandError(NOT_EMPTY)
        Author.objects.bulk_create([Author(**msgspec.structs.asdict(author)) for author in authors()])
        Article.objects.bulk_create([Article(**msgspec.structs.asdict(one)) for one in articles()[:rows]], 1_000)
        # Rows that bring their numbers do not move PostgreSQL's numbering on.
        for statement in connection.ops.sequence_reset_sql(no_style(), [Author, Article]):
            cursor.execute(statement)
    return loaded(rows)


def greet(person: str | None, name: str | None, url: str | None) -> str:
    """Greet somebody."""
    if not (whom := person or name):
        raise CommandError(NAMELESS, returncode=2)
    return greeting(whom, url)


@contextmanager
def _told() -> Iterator[None]:
    # The pool would tell of each attempt that failed; here it is said once.
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)
    try:
        yield
    except OperationalError:
        raise CommandError(NO_DATABASE) from None
    except ProgrammingError:
        raise CommandError(NO_TABLES) from None
