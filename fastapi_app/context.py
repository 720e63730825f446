"""The request context: what a hook leaves there, and where else it can be read."""

import asyncio
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context

from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from contract.bodies import Echo, Name, Sum
from contract.endpoints import ADDEND_A, ADDEND_B, CARRIER, HOLD_MS
from fastapi_app.answers import json
from fastapi_app.parameters import Carrier, HoldMilliseconds, TokenText, query
from fastapi_app.routing import router
from fastapi_app.signals import context_read

routes = router()

# DIFFERS: `request.state` has to be handed on; what takes no argument reads a context variable.
addends: ContextVar[tuple[int, int]] = ContextVar("addends")
token_held: ContextVar[str | None] = ContextVar("token_held", default=None)

_threads = ThreadPoolExecutor(8)


async def lend_addends(request: Request) -> AsyncIterator[None]:
    """Leave the numbers to add where a function finds them that is not handed the request."""
    # DIFFERS: a dependency is for the routes that name it; the hooks, which all requests pass, would all pay for it.
    before = addends.set((query(request, ADDEND_A), query(request, ADDEND_B)))
    yield
    addends.reset(before)


def add() -> int:
    """Add the numbers of the request in progress, without being handed them."""
    return sum(addends.get())


@routes.get("/sync/context/add", dependencies=[Depends(lend_addends)])
def context_add(request: Request) -> Response:
    """Answer with the sum, and with the name that the hook set."""
    return json(Sum(add(), request.state.name))


@routes.get("/async/context/add", dependencies=[Depends(lend_addends)])
async def context_add_async(request: Request) -> Response:
    """Answer with the sum, and with the name that the hook set."""
    return json(Sum(add(), request.state.name))


@routes.get("/sync/context/home")
def context_home(request: Request) -> Response:
    """Answer with the name that the hook did not set."""
    return json(Name(request.state.name))


@routes.get("/async/context/home")
async def context_home_async(request: Request) -> Response:
    """Answer with the name that the hook did not set."""
    return json(Name(request.state.name))


@routes.get("/sync/context/echo")
def context_echo(
    request: Request, token: TokenText, hold_ms: HoldMilliseconds = HOLD_MS.default, carrier: Carrier = CARRIER.default
) -> Response:
    """Write a token, wait, and read it back in five places."""
    del carrier  # only the framework's own, so far
    request.state.token = token
    token_held.set(token)
    time.sleep(hold_ms / 1000)
    ((_, received),) = context_read.send(routes)
    # The pool that runs this function cannot be asked for a second thread: when all wait for one, none gets it.
    thread = _threads.submit(copy_context().run, _nested).result()
    return json(Echo(token, request.state.token, _nested(), received, thread))


@routes.get("/async/context/echo")
async def context_echo_async(
    request: Request, token: TokenText, hold_ms: HoldMilliseconds = HOLD_MS.default, carrier: Carrier = CARRIER.default
) -> Response:
    """Write a token, wait, and read it back in five places."""
    del carrier  # only the framework's own, so far
    request.state.token = token
    token_held.set(token)
    await asyncio.sleep(hold_ms / 1000)
    ((_, received),) = context_read.send(routes)
    thread = await run_in_threadpool(_nested)
    return json(Echo(token, request.state.token, _nested(), received, thread))


def _nested() -> str | None:
    return token_held.get()


@context_read.connect
def _receive(_: object) -> str | None:
    return _nested()
