"""The connections of one process with Valkey, for plain functions and for coroutines; opened as they are needed."""

import asyncio
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import valkey
import valkey.asyncio

from backing.settings import settings

TIMEOUT_S = 2.0
# Of each kind and process: threads, greenlets and tasks beyond them wait for their turn.
CONNECTIONS = 32
BROKEN = (valkey.ValkeyError, OSError)


def _options() -> dict[str, Any]:
    return {
        "max_connections": CONNECTIONS,
        "timeout": TIMEOUT_S,
        "socket_timeout": TIMEOUT_S,
        "socket_connect_timeout": TIMEOUT_S,
    }


@cache
def client() -> Any:  # noqa: ANN401 - the library has no types
    """Return the client for plain functions."""
    pool = valkey.BlockingConnectionPool.from_url(settings().valkey_url, **_options())  # type: ignore[no-untyped-call]
    return valkey.Valkey(connection_pool=pool)


# Connections belong to the loop that opened them.
_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, Any] = WeakKeyDictionary()


def client_async() -> Any:  # noqa: ANN401 - the library has no types
    """Return the client of the loop that is running."""
    loop = asyncio.get_running_loop()
    if loop not in _clients:
        pool = valkey.asyncio.BlockingConnectionPool.from_url(settings().valkey_url, **_options())
        _clients[loop] = valkey.asyncio.Valkey(connection_pool=pool)
    return _clients[loop]


def close() -> None:
    """Close the connections for plain functions, if any was ever opened."""
    if client.cache_info().currsize:
        client().connection_pool.disconnect()
        client.cache_clear()


async def close_async() -> None:
    """Close the connections of the loop that is running, if any was ever opened."""
    if own := _clients.pop(asyncio.get_running_loop(), None):
        await own.connection_pool.disconnect()
