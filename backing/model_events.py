"""SQLAlchemy's events of rows, noted in the journal of a traced request: what Django calls the signals of models."""

from collections.abc import Callable
from functools import cache

from sqlalchemy import event

from backing.exchange import record
from backing.models import Article, Base

# No row is changed by the ORM; SQLAlchemy tells of an update also where only the rows of a relation change.
OF_ROWS = ("before_insert", "after_insert", "before_delete", "after_delete")
OF_TAGS = ("append", "remove")


@cache
def watch_models() -> None:
    """Connect the journal to the events of all models, once; it stays, and costs only who writes by the ORM.

    An event cannot be disconnected safely while another session may be sending it.
    """
    for name in OF_ROWS:
        event.listen(Base, name, _noting(name), propagate=True)
    for name in OF_TAGS:
        event.listen(Article.tags, name, _noting(name))


def _noting(name: str) -> Callable[..., None]:
    return lambda *_: record(f"signal {name}")
