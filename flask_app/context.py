"""The request context: what a hook leaves there, and where else it can be read."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

from flask import Blueprint, Response, copy_current_request_context, g

from contract.bodies import Echo, Name, Sum
from contract.endpoints import CARRIER, HOLD_MS, TOKEN
from flask_app.answers import json
from flask_app.parameters import query
from flask_app.signals import context_read

routes = Blueprint("context", __name__)

_threads = ThreadPoolExecutor(8)


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
    """Write a token, wait, and read it back in five places."""
    token, hold_ms, _ = query(TOKEN), query(HOLD_MS), query(CARRIER)
    g.token = token
    time.sleep(hold_ms / 1000)
    ((_, received),) = context_read.send(routes)
    # DIFFERS: the copied context carries the request, but the other thread starts with an empty `g`.
    thread = _threads.submit(copy_current_request_context(_nested)).result()
    return json(Echo(token, g.token, _nested(), received, thread))


@routes.get("/async/context/echo")
async def context_echo_async() -> Response:
    """Write a token, wait, and read it back in five places."""
    token, hold_ms, _ = query(TOKEN), query(HOLD_MS), query(CARRIER)
    g.token = token
    await asyncio.sleep(hold_ms / 1000)
    ((_, received),) = context_read.send(routes)
    thread = await asyncio.wrap_future(_threads.submit(copy_current_request_context(_nested)))
    return json(Echo(token, g.token, _nested(), received, thread))


def _nested() -> str | None:
    token: str | None = g.get("token")
    return token


@context_read.connect
def _receive(_: object) -> str | None:
    return _nested()
