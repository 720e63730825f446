"""A lock that processes and machines share, kept in Valkey; `locks_async` is the twin for coroutines.

It is a lease: whoever holds it for longer than `LEASE_S`, because the process stood still, may not be alone any more.
Where nothing may ever be lost, not even then, the database has to refuse the second write itself.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from random import random
from secrets import token_hex
from typing import TypeVar

from backing.valkey_client import BROKEN, client
from contract.errors import Refused

Value = TypeVar("Value")

LEASE_S = 5.0
PATIENCE_S = 5.0
# Who waits asks again after a random part of this, which doubles up to the longest: the more there are who wait, the
# longer each has waited, and the less often each asks. Else they would keep the one who holds it from its work. With a
# much longer longest, newcomers would always be first, and some would wait for seconds.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.002, 0.05
# Only the one who holds it may release it: after the lease it may be another's.
RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end"


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Be the only one who holds the lock of this name; refuse the request when it is not free within five seconds."""
    key, token = key_of(name), token_hex(8)
    until_s, pause_s = time.monotonic() + PATIENCE_S, FIRST_PAUSE_S
    while not _asked(lambda: client().set(key, token, nx=True, px=int(LEASE_S * 1000))):
        if time.monotonic() > until_s:
            raise Refused(503)
        time.sleep(pause_s * random())
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
    try:
        yield
    finally:
        # What was protected is done; a lock that cannot be released ends with its lease.
        with suppress(Refused):
            _asked(lambda: client().eval(RELEASE, 1, key, token))


def key_of(name: str) -> str:
    """Return the key under which a lock is kept."""
    return f"trilane:lock:{name}"


def _asked(ask: Callable[[], Value]) -> Value:
    """Return what Valkey answers; refuse the request where it does not."""
    try:
        return ask()
    except BROKEN:
        raise Refused(503) from None
