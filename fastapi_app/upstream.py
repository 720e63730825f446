"""Call a slow service over connections that stay open: one call after another, or all together."""

import asyncio
from threading import Lock

import httpx
from starlette.responses import Response

from backing.outward import call, call_async, new_client, new_client_async
from contract.bodies import Upstream
from contract.errors import Refused
from contract.rows.outward import CALLS
from contract.rows.plain import MS
from fastapi_app.answers import json
from fastapi_app.parameters import Calls, Milliseconds
from fastapi_app.routing import router

routes = router()

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


@routes.get("/sync/upstream")
def upstream(calls: Calls = CALLS.default, ms: Milliseconds = MS.default) -> Response:
    """Call the upstream, one call after another."""
    try:
        statuses = [call(open_client(), ms) for _ in range(calls)]
    except httpx.HTTPError:
        raise Refused(503) from None
    return json(Upstream(calls, statuses))


@routes.get("/async/upstream")
async def upstream_async(calls: Calls = CALLS.default, ms: Milliseconds = MS.default) -> Response:
    """Call the upstream, all calls together."""
    statuses = await _together(calls, ms)
    return json(Upstream(calls, statuses))


async def _together(calls: int, ms: int) -> list[int]:
    client = open_client_async()
    try:
        return await asyncio.gather(*(call_async(client, ms) for _ in range(calls)))
    except httpx.HTTPError:
        raise Refused(503) from None
