"""The request context: what a hook leaves there, and where else it can be read."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context

from asgiref.sync import sync_to_async
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from contract.bodies import Echo, Name, Sum
from contract.endpoints import CARRIER, HOLD_MS, TOKEN
from django_app.answers import json
from django_app.parameters import query
from django_app.signals import context_read

# DIFFERS: the request has to be handed on; what takes no argument reads a context variable.
addends: ContextVar[tuple[int, int]] = ContextVar("addends")
token_held: ContextVar[str | None] = ContextVar("token_held", default=None)

_threads = ThreadPoolExecutor(8)


def add() -> int:
    """Add the numbers of the request in progress, without being handed them."""
    return sum(addends.get())


def context_add(request: HttpRequest) -> HttpResponse:
    """Answer with the sum, and with the name that the hook set."""
    return json(Sum(add(), request.name))


async def context_add_async(request: HttpRequest) -> HttpResponse:
    """Answer with the sum, and with the name that the hook set."""
    return json(Sum(add(), request.name))


def context_home(request: HttpRequest) -> HttpResponse:
    """Answer with the name that the hook did not set."""
    return json(Name(request.name))


async def context_home_async(request: HttpRequest) -> HttpResponse:
    """Answer with the name that the hook did not set."""
    return json(Name(request.name))


def context_echo(request: HttpRequest) -> HttpResponse:
    """Write a token, wait, and read it back in five places."""
    token, hold_ms, _ = query(request, TOKEN), query(request, HOLD_MS), query(request, CARRIER)
    request.token = token
    token_held.set(token)
    time.sleep(hold_ms / 1000)
    ((_, received),) = context_read.send(None)
    thread = _threads.submit(copy_context().run, _nested).result()
    return json(Echo(token, request.token, _nested(), received, thread))


async def context_echo_async(request: HttpRequest) -> HttpResponse:
    """Write a token, wait, and read it back in five places."""
    token, hold_ms, _ = query(request, TOKEN), query(request, HOLD_MS), query(request, CARRIER)
    request.token = token
    token_held.set(token)
    await asyncio.sleep(hold_ms / 1000)
    ((_, received),) = context_read.send(None)
    thread = await sync_to_async(_nested)()
    return json(Echo(token, request.token, _nested(), received, thread))


def _nested() -> str | None:
    return token_held.get()


@receiver(context_read)
def _receive(**_: object) -> str | None:
    return _nested()
