"""Writes by SQL from plain functions; `writes_async` is the twin for coroutines.

An order is taken once for each key, however many ask at the same moment: the database's own unique constraint decides,
by one statement that is a transaction by itself. A like reads a counter and writes it back one higher, under a lock or
none; without one, of two that read the same number one is lost. Where transactions got in one another's way, they are
tried again a few times.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from random import random
from typing import TypeVar

from backing.access import connection, read, transaction, write
from backing.driver import driver
from backing.locks import locked
from contract.bodies import Order
from contract.errors import Refused, no_article
from contract.queries import LIKE, LIKE_IF_UNCHANGED, LIKES, LIKES_LOCKED, ORDER_GET, ORDER_TAKE

Value = TypeVar("Value")

POOLED = "pooled"
TRIES = 20
LONGEST_PAUSE_S = 0.02
# How long a like by version is tried again.
PATIENCE_S = 5.0


def order(key: str, article_id: int, quantity: int) -> tuple[Order, bool]:
    """Take an order, or find the one that was taken with this key; return it, and whether it was taken by this call.

    Refuses an article that does not exist with 404, and a key that was used for another order with 409.
    """
    if (taken := _take(key, article_id, quantity)) == 0:
        raise no_article(article_id)
    (found,) = read(POOLED, Order, ORDER_GET, (key,))
    if (found.article_id, found.quantity) != (article_id, quantity):
        raise Refused(409)
    return found, taken is not None


def _take(key: str, article_id: int, quantity: int) -> int | None:
    """Return how many rows were made, none where there is no such article, None where the key was used before."""
    values = (key, quantity, whole_second(), article_id)
    try:
        return _again(lambda: write(POOLED, ORDER_TAKE, values))
    except driver().DUPLICATE:
        return None
    except driver().ORPHAN:
        # It was deleted between the look for it and the check of the key that refers to it.
        return 0


def like(article_id: int, lock: str) -> int:
    """Add one to an article's likes under a lock; return how many there are with it, or refuse with 404 or 503."""
    return _again(lambda: _LIKES[lock](article_id))


def _unlocked(article_id: int) -> int:
    with connection(POOLED) as opened, closing(opened.cursor()) as cursor:
        cursor.execute(LIKES, (article_id,))
        likes, _ = counter_of(cursor.fetchall(), article_id)
        cursor.execute(LIKE, (likes + 1, article_id))
    return likes + 1


def _optimistic(article_id: int) -> int:
    until_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < until_s:
        # On one connection: were the second one waited for, everybody else would have written in between.
        with connection(POOLED) as opened, closing(opened.cursor()) as cursor:
            cursor.execute(LIKES, (article_id,))
            likes, version = counter_of(cursor.fetchall(), article_id)
            cursor.execute(LIKE_IF_UNCHANGED, (likes + 1, version + 1, article_id, version))
            if cursor.rowcount:
                return likes + 1
    raise Refused(503)


def _pessimistic(article_id: int) -> int:
    with transaction(POOLED) as cursor:
        cursor.execute(LIKES_LOCKED, (article_id,))
        likes, _ = counter_of(cursor.fetchall(), article_id)
        cursor.execute(LIKE, (likes + 1, article_id))
    return likes + 1


def _distributed(article_id: int) -> int:
    with locked(f"like:{article_id}"):
        # Whoever is held up for longer than the lease is not alone any more: the row refuses what it read before that.
        return _optimistic(article_id)


_LIKES: dict[str, Callable[[int], int]] = {
    "none": _unlocked,
    "optimistic": _optimistic,
    "pessimistic": _pessimistic,
    "distributed": _distributed,
}


def _again(work: Callable[[], Value]) -> Value:
    """Do it again where another transaction got in the way; refuse the request after a few tries."""
    for _ in range(TRIES):
        try:
            return work()
        except driver().RETRY:
            time.sleep(LONGEST_PAUSE_S * random())
    raise Refused(503)


def counter_of(rows: Sequence[tuple[int, int]], article_id: int) -> tuple[int, int]:
    """Return an article's likes and version, or refuse the request where there is none."""
    if not rows:
        raise no_article(article_id)
    return rows[0]


def whole_second() -> datetime:
    """Return the time, in UTC and as exact as the tables keep it."""
    return datetime.now(UTC).replace(microsecond=0)
