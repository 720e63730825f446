"""Call a slow service over connections that stay open: one call after another, or all together."""

import asyncio
from threading import Lock

import httpx
from django.http import HttpRequest, HttpResponse

from backing.background import on_lasting_loop
from backing.outward import call, call_async, new_client, new_client_async
from contract.bodies import Upstream
from contract.errors import Refused
from contract.rows.outward import CALLS
from contract.rows.plain import MS
from django_app.answers import json
from django_app.parameters import query

# DIFFERS: Django lists its URLs in app.py.

_clients: list[httpx.Client] = []
_clients_async: list[httpx.AsyncClient] = []
_opening = Lock()


def open_client() -> httpx.Client:
    """Return the client that the plain handlers of this process share; open it where nobody has before."""
    with _opening:
        if not _clients:
            _clients.append(new_client())
        return _clients[0]


def close_client() -> None:
    """Close it, if it was ever opened."""
    while _clients:
        _clients.pop().close()


def open_client_async() -> httpx.AsyncClient:
    """Return the client that the coroutines of this process share; open it where nobody has before."""
    if not _clients_async:
        _clients_async.append(new_client_async())
    return _clients_async[0]


async def close_client_async() -> None:
    """Close it, if it was ever opened."""
    while _clients_async:
        await _clients_async.pop().aclose()


def upstream(request: HttpRequest) -> HttpResponse:
    """Call the upstream, one call after another."""
    calls, ms = query(request, CALLS), query(request, MS)
    try:
        statuses = [call(open_client(), ms) for _ in range(calls)]
    except httpx.HTTPError:
        raise Refused(503) from None
    return json(Upstream(calls, statuses))


async def upstream_async(request: HttpRequest) -> HttpResponse:
    """Call the upstream, all calls together."""
    calls, ms = query(request, CALLS), query(request, MS)
    # DIFFERS: under ASGI this loop outlives the request, under WSGI it does not.
    statuses = await on_lasting_loop(_together(calls, ms))
    return json(Upstream(calls, statuses))


async def _together(calls: int, ms: int) -> list[int]:
    client = open_client_async()
    try:
        return await asyncio.gather(*(call_async(client, ms) for _ in range(calls)))
    except httpx.HTTPError:
        raise Refused(503) from None
