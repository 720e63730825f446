"""The request context: what a hook leaves there, and the carriers that may hold such state."""

import asyncio
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context

import asgiref.local
import werkzeug.local
from asgiref.sync import sync_to_async
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from backing import carriers
from contract.bodies import Echo, Name, Sum
from contract.rows.context import CARRIER, HOLD_MS, TOKEN
from django_app.answers import json
from django_app.parameters import query
from django_app.signals import context_read

# DIFFERS: the request has to be handed on; what takes no argument reads a context variable.
addends: ContextVar[tuple[int, int]] = ContextVar("addends")
_Carrier = tuple[Callable[[HttpRequest, str], object], Callable[[HttpRequest], str | None]]

_own = carriers.Local()
# A thread may get the identity of one that has ended, and would find what that one has left.
_threads = ThreadPoolExecutor(8, initializer=_own.release)
_held: ContextVar[str | None] = ContextVar("held", default=None)


def _attribute_of(place: object) -> _Carrier:
    return lambda _, token: setattr(place, "token", token), lambda _: getattr(place, "token", None)


CARRIERS: dict[str, _Carrier] = {
    "framework": (lambda request, token: setattr(request, "token", token), lambda request: request.token),
    "global": _attribute_of(sys.modules[__name__]),
    "thread-local": _attribute_of(threading.local()),
    "ident-dict": _attribute_of(_own),
    "werkzeug-local": _attribute_of(werkzeug.local.Local()),
    "asgiref-local": _attribute_of(asgiref.local.Local()),
    "contextvar": (lambda _, token: _held.set(token), lambda _: _held.get()),
}


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
    """Write a token to a carrier, wait, and read it back in four places."""
    token, hold_ms, (write, read) = query(request, TOKEN), query(request, HOLD_MS), CARRIERS[query(request, CARRIER)]
    write(request, token)
    time.sleep(hold_ms / 1000)
    ((_, received),) = context_read.send(None, request=request, read=read)
    # A plain function has no means of Django's own: what asgiref hands on comes back to the thread it was called in.
    thread = _threads.submit(copy_context().run, read, request).result()
    return json(Echo(token, read(request), _nested(request, read), received, thread))


async def context_echo_async(request: HttpRequest) -> HttpResponse:
    """Write a token to a carrier, wait, and read it back in four places."""
    token, hold_ms, (write, read) = query(request, TOKEN), query(request, HOLD_MS), CARRIERS[query(request, CARRIER)]
    write(request, token)
    await asyncio.sleep(hold_ms / 1000)
    ((_, received),) = context_read.send(None, request=request, read=read)
    thread = await sync_to_async(read)(request)
    return json(Echo(token, read(request), _nested(request, read), received, thread))


def _nested(request: HttpRequest, read: Callable[[HttpRequest], str | None]) -> str | None:
    return read(request)


@receiver(context_read)
def _receive(*, request: HttpRequest, read: Callable[[HttpRequest], str | None], **_: object) -> str | None:
    return read(request)
