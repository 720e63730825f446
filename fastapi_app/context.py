"""The request context: what a hook leaves there, and the carriers that may hold such state."""

import asyncio
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context

import asgiref.local
import werkzeug.local
from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from backing import carriers
from contract.bodies import Echo, Name, Sum
from contract.rows.context import ADDEND_A, ADDEND_B, CARRIER, HOLD_MS
from fastapi_app.answers import json
from fastapi_app.parameters import Carrier, HoldMilliseconds, TokenText, query
from fastapi_app.routing import router
from fastapi_app.signals import context_read

routes = router()

# DIFFERS: `request.state` has to be handed on; what takes no argument reads a context variable.
addends: ContextVar[tuple[int, int]] = ContextVar("addends")
_Carrier = tuple[Callable[[Request, str], object], Callable[[Request], str | None]]

_own = carriers.Local()
# A thread may get the identity of one that has ended, and would find what that one has left.
_threads = ThreadPoolExecutor(8, initializer=_own.release)
_held: ContextVar[str | None] = ContextVar("held", default=None)


def _attribute_of(place: object) -> _Carrier:
    return lambda _, token: setattr(place, "token", token), lambda _: getattr(place, "token", None)


CARRIERS: dict[str, _Carrier] = {
    "framework": (lambda request, token: setattr(request.state, "token", token), lambda request: request.state.token),
    "global": _attribute_of(sys.modules[__name__]),
    "thread-local": _attribute_of(threading.local()),
    "ident-dict": _attribute_of(_own),
    "werkzeug-local": _attribute_of(werkzeug.local.Local()),
    "asgiref-local": _attribute_of(asgiref.local.Local()),
    "contextvar": (lambda _, token: _held.set(token), lambda _: _held.get()),
}


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
    """Write a token to a carrier, wait, and read it back in four places."""
    write, read = CARRIERS[carrier]
    write(request, token)
    time.sleep(hold_ms / 1000)
    ((_, received),) = context_read.send(request, read=read)
    # The pool that runs this function cannot be asked for a second thread: when all wait for one, none gets it.
    thread = _threads.submit(copy_context().run, read, request).result()
    return json(Echo(token, read(request), _nested(request, read), received, thread))


@routes.get("/async/context/echo")
async def context_echo_async(
    request: Request, token: TokenText, hold_ms: HoldMilliseconds = HOLD_MS.default, carrier: Carrier = CARRIER.default
) -> Response:
    """Write a token to a carrier, wait, and read it back in four places."""
    write, read = CARRIERS[carrier]
    write(request, token)
    await asyncio.sleep(hold_ms / 1000)
    ((_, received),) = context_read.send(request, read=read)
    thread = await run_in_threadpool(read, request)
    return json(Echo(token, read(request), _nested(request, read), received, thread))


def _nested(request: Request, read: Callable[[Request], str | None]) -> str | None:
    return read(request)


@context_read.connect
def _receive(request: Request, *, read: Callable[[Request], str | None]) -> str | None:
    return read(request)
