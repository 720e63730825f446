"""The faults, one row each: what fails, what is asked meanwhile, and which answers are right within which time."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from difflib import get_close_matches

from backing.problem import Problem
from contract.settings import CONNECT_TIMEOUT_S
from loadtests.faults.asking import OK, Sent, dripping, request
from loadtests.faults.grounds import (
    POOL_TIMEOUT_S,
    QUERY_TIMEOUT_S,
    UPSTREAM_TIMEOUT_S,
    Grounds,
)
from loadtests.faults.reading import CLOSED

# As long as the longest promise and what is granted to the machine: who waits longer has been told too late anyway.
PATIENCE_S = 7.0
BODY_BYTES = 10_000_000
QUERY_CHARACTERS = 1_000_000
DRIP_EVERY_S = 1.0
# What an answer that needs nothing from anybody may take.
AT_ONCE_S = 2.0
# More than a lane has threads.
SLOW_CLIENTS = 40
# Less than either of their requests would take to arrive: what is seen is what a server does in this time.
SLOW_FOR_S = 5.0
SLOW_FORM = b"text=" + b"x" * 60


@dataclass(frozen=True)
class Who:
    """Somebody who asks under one of the styles; `headers` tell who it is, where a fault asks for that."""

    style: str
    headers: tuple[tuple[str, str], ...] = ()


Asking = Callable[[Who], Sent]


@dataclass(frozen=True)
class Fault:
    """One way to fail.

    `asked` is what `clients` ask, again and again, while it lasts, `usual` what must be served once it has ended; they
    have logged in where `login` says so, and each waits `patience_s` for an answer. Right are the answers in `allowed`,
    each within `within_s`, which `because` adds up.

    The cause is there while `cause` is held, and clients go on asking when it ends. Where `cause` is None the clients
    are the cause, which ends when the last of them has an answer or hangs up. `fills_pools` says that what it makes
    wait holds a connection.
    """

    name: str
    does: str
    cause: Callable[[Grounds], AbstractContextManager[None]] | None
    asked: Asking
    usual: Asking
    allowed: frozenset[str]
    within_s: float
    because: str
    clients: int = 16
    lasts_s: float = 3.0
    patience_s: float = PATIENCE_S
    fills_pools: bool = False
    login: bool = False


def article(who: Who) -> Sent:
    """Return a request that needs a connection of the pool."""
    return request(f"/{who.style}/articles?limit=1")


def _called(who: Who) -> Sent:
    return request(f"/{who.style}/upstream?calls=1&ms=0")


def _hello(who: Who) -> Sent:
    return request(f"/{who.style}/hello")


def _stored(who: Who) -> Sent:
    return request(f"/{who.style}/session/me", headers=who.headers)


def _form(who: Who, body: bytes) -> Sent:
    kind = ("Content-Type", "application/x-www-form-urlencoded")
    return request(f"/{who.style}/request", method="POST", headers=[kind], body=body)


def _large_body(who: Who) -> Sent:
    return _form(who, b"x" * BODY_BYTES)


def _long_query(who: Who) -> Sent:
    return request(f"/{who.style}/hello?q={'x' * QUERY_CHARACTERS}")


def _dripped(who: Who) -> Sent:
    return dripping(_hello(who), every_s=DRIP_EVERY_S)


def _dripped_body(who: Who) -> Sent:
    return dripping(_form(who, SLOW_FORM), every_s=DRIP_EVERY_S, body_only=True)


@contextlib.contextmanager
def _database_stopped(grounds: Grounds) -> Iterator[None]:
    grounds.database.stop()
    try:
        yield
    finally:
        grounds.database.start()


@contextlib.contextmanager
def _database_frozen(grounds: Grounds) -> Iterator[None]:
    try:
        grounds.database.freeze()
        yield
    finally:
        grounds.database.thaw()


@contextlib.contextmanager
def _database_restarted(grounds: Grounds) -> Iterator[None]:
    yield
    grounds.database.restart()


@contextlib.contextmanager
def _store_stopped(grounds: Grounds) -> Iterator[None]:
    grounds.store.stop()
    try:
        yield
    finally:
        grounds.store.start()


@contextlib.contextmanager
def _upstream_stopped(grounds: Grounds) -> Iterator[None]:
    grounds.upstream.stop()
    try:
        yield
    finally:
        grounds.upstream.start()


@contextlib.contextmanager
def _upstream_frozen(grounds: Grounds) -> Iterator[None]:
    try:
        grounds.upstream.freeze()
        yield
    finally:
        grounds.upstream.thaw()


REFUSED = frozenset({"503"})

TABLE: tuple[Fault, ...] = (
    Fault(
        "database-stopped", "PostgreSQL is stopped, and started again.",
        _database_stopped, article, article, REFUSED, POOL_TIMEOUT_S, "the wait for a connection of the pool",
    ),
    Fault(
        "database-paused", "Every process of PostgreSQL is frozen (SIGSTOP), and thawed again.",
        _database_frozen, article, article, REFUSED, POOL_TIMEOUT_S + CONNECT_TIMEOUT_S + QUERY_TIMEOUT_S,
        "the waits for the pool, for a new connection and for the answer to a query", lasts_s=4.0,
    ),
    Fault(
        "database-restarted", "PostgreSQL is stopped and started at once, while it is asked.",
        _database_restarted, article, article, REFUSED | {OK}, POOL_TIMEOUT_S,
        "the wait for a connection of the pool", lasts_s=0.5,
    ),
    Fault(
        "valkey-stopped", "Valkey is stopped, and started again.",
        _store_stopped, _stored, _stored, REFUSED, AT_ONCE_S, "the wait for the session store", login=True,
    ),
    Fault(
        "upstream-slow", "The upstream is frozen (SIGSTOP), so that it is asked and does not answer, and thawed again.",
        _upstream_frozen, _called, _called, REFUSED, UPSTREAM_TIMEOUT_S, "the wait for the upstream's answer",
    ),
    Fault(
        "upstream-gone", "The upstream is stopped, and started again.",
        _upstream_stopped, _called, _called, REFUSED, UPSTREAM_TIMEOUT_S, "the wait for a connection to the upstream",
    ),
    Fault(
        "pool-exhausted", "Every connection of the pool is held by a query that waits for a lock.",
        Grounds.locked, article, article, REFUSED, POOL_TIMEOUT_S + QUERY_TIMEOUT_S,
        "the waits for the pool and for the answer to a query", lasts_s=4.0, fills_pools=True,
    ),
    Fault(
        "slow-client", f"{SLOW_CLIENTS} clients send one byte a second, and hang up after {SLOW_FOR_S:g} s.",
        None, _dripped, _hello, frozenset({"400", "408", CLOSED}), AT_ONCE_S,
        "what a request may take to arrive", clients=SLOW_CLIENTS, lasts_s=SLOW_FOR_S, patience_s=SLOW_FOR_S,
    ),
    Fault(
        "slow-body",
        f"{SLOW_CLIENTS} clients send a whole head, then a form one byte a second, and hang up after {SLOW_FOR_S:g} s.",
        None, _dripped_body, _hello, frozenset({"400", "408", CLOSED}), AT_ONCE_S,
        "what a request may take to arrive", clients=SLOW_CLIENTS, lasts_s=SLOW_FOR_S, patience_s=SLOW_FOR_S,
    ),
    Fault(
        "large-body", f"Clients send {BODY_BYTES // 1_000_000} MB where a form is read.",
        None, _large_body, _hello, frozenset({"413"}), AT_ONCE_S, "an answer that needs nobody else",
        clients=4, lasts_s=1.0,
    ),
    Fault(
        "long-query", "Clients send a query of a million characters.",
        None, _long_query, _hello, frozenset({"400", "413", "414", "431"}), AT_ONCE_S,
        "an answer that needs nobody else", clients=4, lasts_s=1.0,
    ),
)  # fmt: skip

FAULTS = {fault.name: fault for fault in TABLE}


def find(name: str) -> Fault:
    """Return the fault; raise a problem that names the likely one when there is none."""
    if name in FAULTS:
        return FAULTS[name]
    likely = get_close_matches(name, FAULTS, n=1)
    hint = f"did you mean {likely[0]}? " if likely else ""
    raise Problem(f"unknown fault {name!r}: {hint}there are {', '.join(FAULTS)}")
