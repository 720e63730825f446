"""A lock that processes and machines share, kept in Valkey; `locks` is the twin for plain functions.

It is a lease: whoever holds it for longer than `LEASE_S`, because the process stood still, may not be alone any more.
Where nothing may ever be lost, not even then, the database has to refuse the second write itself.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from random import random
from secrets import token_hex

from backing.locks import FIRST_PAUSE_S, LEASE_S, LONGEST_PAUSE_S, PATIENCE_S, RELEASE, Value, key_of
from backing.valkey_client import BROKEN, client_async
from contract.errors import Refused


@asynccontextmanager
async def locked(name: str) -> AsyncIterator[None]:
    """Be the only one who holds the lock of this name; refuse the request when it is not free within five seconds."""
    key, token = key_of(name), token_hex(8)
    until_s, pause_s = time.monotonic() + PATIENCE_S, FIRST_PAUSE_S
    while not await _asked(client_async().set(key, token, nx=True, px=int(LEASE_S * 1000))):
        if time.monotonic() > until_s:
            raise Refused(503)
        await asyncio.sleep(pause_s * random())
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
    try:
        yield
    finally:
        # What was protected is done; a lock that cannot be released ends with its lease.
        with suppress(Refused):
            await _asked(client_async().eval(RELEASE, 1, key, token))


async def _asked(answer: Awaitable[Value]) -> Value:
    """Return what Valkey answers; refuse the request where it does not."""
    try:
        return await answer
    except BROKEN:
        raise Refused(503) from None
