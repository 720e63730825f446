"""How every app calls the upstream: where it is, how long a call may take, and how many connections are kept to it.

The timeouts of `httpx` begin anew with each piece of an answer, so whoever sends a byte now and then is waited for as
long as he likes. Here a call as a whole has a deadline: `asyncio.timeout` for coroutines; for plain functions a stream
that gives each read what is left, which holds in threads and in greenlets.
"""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from ssl import SSLContext
from time import monotonic
from typing import Any

import httpcore
import httpx

from backing.settings import settings
from backing.upstream import PATH

CONNECTIONS = 100
_over_s: ContextVar[float] = ContextVar("_over_s")


def new_client() -> httpx.Client:
    """Return a client for `call`, its connections not open yet."""
    transport = httpx.HTTPTransport(**_connections())
    transport._pool._network_backend = _Backend()  # noqa: SLF001 - its own parameter, which httpx does not pass on
    return httpx.Client(transport=transport, **_options())


def new_client_async() -> httpx.AsyncClient:
    """Return a client for `call_async`, its connections not open yet."""
    return httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(**_connections()), **_options())


def call(client: httpx.Client, ms: int) -> int:
    """Return the status of an answer that takes `ms`; raise `httpx.HTTPError` without one in the upstream timeout."""
    with _deadline():
        return client.get(PATH, params={"ms": ms}).status_code


async def call_async(client: httpx.AsyncClient, ms: int) -> int:
    """Return the status of an answer that takes `ms`; raise `httpx.HTTPError` without one in the upstream timeout."""
    try:
        async with asyncio.timeout(settings().upstream_timeout_s):
            return (await client.get(PATH, params={"ms": ms})).status_code
    except TimeoutError:
        raise httpx.ReadTimeout("the whole call took too long") from None


def _options() -> dict[str, Any]:
    # For a free connection, and for one to open: a call as a whole has no more.
    return {"base_url": settings().upstream_url, "timeout": settings().upstream_timeout_s, "trust_env": False}


def _connections() -> dict[str, Any]:
    return {
        # As many are kept as may be open: were some closed after each call, the next ones would open them again.
        "limits": httpx.Limits(
            max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS, keepalive_expiry=None
        ),
        # The certificates of the world, read for nobody, would take memory and time at the start.
        "verify": settings().upstream_url.startswith("https:"),
        "trust_env": False,
    }


@contextmanager
def _deadline() -> Iterator[None]:
    before = _over_s.set(monotonic() + settings().upstream_timeout_s)
    try:
        yield
    finally:
        _over_s.reset(before)


def _left_s() -> float:
    """Return how long the call in progress may still take; raise where it has taken too long."""
    left_s = _over_s.get() - monotonic()
    if left_s <= 0:
        raise httpcore.ReadTimeout("the whole call took too long")
    return left_s


class _Stream(httpcore.NetworkStream):
    """A connection that reads and writes until the call's deadline, not for a time of its own."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        del timeout
        return self._stream.read(max_bytes, _left_s())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        del timeout
        self._stream.write(buffer, _left_s())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        del timeout
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, _left_s()))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as inherited
        return self._stream.get_extra_info(info)


class _Backend(httpcore.SyncBackend):
    """Opens such connections."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        del timeout
        return _Stream(super().connect_tcp(host, port, _left_s(), local_address, socket_options))
