"""The request context: what a hook leaves there, and the carriers that may hold such state."""

import asyncio
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from functools import partial

import asgiref.local
import werkzeug.local
from flask import Blueprint, Response, copy_current_request_context, g

from backing import carriers
from contract.bodies import Echo, Name, Sum
from contract.rows.context import CARRIER, HOLD_MS, TOKEN
from flask_app.answers import json
from flask_app.parameters import query
from flask_app.signals import context_read

routes = Blueprint("context", __name__)

_Carrier = tuple[Callable[[str], object], Callable[[], str | None]]

_own = carriers.Local()
# A thread may get the identity of one that has ended, and would find what that one has left.
_threads = ThreadPoolExecutor(8, initializer=_own.release)
_held: ContextVar[str | None] = ContextVar("held", default=None)


def _attribute_of(place: object) -> _Carrier:
    return partial(setattr, place, "token"), partial(getattr, place, "token", None)


CARRIERS: dict[str, _Carrier] = {
    "framework": _attribute_of(g),
    "global": _attribute_of(sys.modules[__name__]),
    "thread-local": _attribute_of(threading.local()),
    "ident-dict": _attribute_of(_own),
    "werkzeug-local": _attribute_of(werkzeug.local.Local()),
    "asgiref-local": _attribute_of(asgiref.local.Local()),
    "contextvar": (_held.set, _held.get),
}


def add() -> int:
    """Add the numbers of the request in progress, without being handed them."""
    return int(g.a + g.b)


@routes.get("/sync/context/add")
def context_add() -> Response:
    """Answer with the sum, and with the name that the hook set."""
    return json(Sum(add(), g.name))


@routes.get("/async/context/add")
async def context_add_async() -> Response:
    """Answer with the sum, and with the name that the hook set."""
    return json(Sum(add(), g.name))


@routes.get("/sync/context/home")
def context_home() -> Response:
    """Answer with the name that the hook did not set."""
    return json(Name(g.get("name")))


@routes.get("/async/context/home")
async def context_home_async() -> Response:
    """Answer with the name that the hook did not set."""
    return json(Name(g.get("name")))


@routes.get("/sync/context/echo")
def context_echo() -> Response:
    """Write a token to a carrier, wait, and read it back in four places."""
    token, hold_ms, (write, read) = query(TOKEN), query(HOLD_MS), CARRIERS[query(CARRIER)]
    write(token)
    time.sleep(hold_ms / 1000)
    ((_, received),) = context_read.send(routes, read=read)
    # DIFFERS: the copied context carries the request alone, and the other thread starts with an empty `g`.
    thread = _threads.submit(copy_current_request_context(read)).result()
    return json(Echo(token, read(), _nested(read), received, thread))


@routes.get("/async/context/echo")
async def context_echo_async() -> Response:
    """Write a token to a carrier, wait, and read it back in four places."""
    token, hold_ms, (write, read) = query(TOKEN), query(HOLD_MS), CARRIERS[query(CARRIER)]
    write(token)
    await asyncio.sleep(hold_ms / 1000)
    ((_, received),) = context_read.send(routes, read=read)
    thread = await asyncio.wrap_future(_threads.submit(copy_current_request_context(read)))
    return json(Echo(token, read(), _nested(read), received, thread))


def _nested(read: Callable[[], str | None]) -> str | None:
    return read()


@context_read.connect
def _receive(_: object, *, read: Callable[[], str | None]) -> str | None:
    return read()
