"""Signals: those of the site itself, sent to any number of receivers, plain functions or coroutines."""

from collections.abc import Awaitable, Callable
from functools import cache

from django.dispatch import Signal, receiver
from django.http import HttpRequest, HttpResponse

from backing.exchange import record
from contract.bodies import Receipts
from contract.errors import Refused
from contract.rows.context import RECEIVERS
from contract.unavailable import UNAVAILABLE
from django_app.answers import json
from django_app.parameters import query

# DIFFERS: Django lists its URLs in app.py.

context_read = Signal()
session_set = Signal()
session_set_async = Signal()


@cache
def article_viewed(receivers: int) -> Signal:
    """Return the signal with so many plain receivers, connected once: connecting would race with sending."""
    signal = Signal()
    for number in range(1, receivers + 1):
        signal.connect(_receiver(number), weak=False)
    return signal


@cache
def article_viewed_async(receivers: int) -> Signal:
    """Return the signal with so many coroutine receivers, connected once: connecting would race with sending."""
    signal = Signal()
    for number in range(1, receivers + 1):
        signal.connect(_receiver_async(number), weak=False)
    return signal


def _receiver(number: int) -> Callable[..., int]:
    def receive(**_: object) -> int:
        record("signal article_viewed")
        return number

    return receive


def _receiver_async(number: int) -> Callable[..., Awaitable[int]]:
    async def receive(**_: object) -> int:
        record("signal article_viewed")
        return number

    return receive


def signals(request: HttpRequest) -> HttpResponse:
    """Send the signal and add up what its receivers return."""
    receivers = query(request, RECEIVERS)
    answers = article_viewed(receivers).send(None)
    return json(Receipts(receivers, sum(number for _, number in answers)))


async def signals_async(request: HttpRequest) -> HttpResponse:
    """Send the signal and add up what its receivers return."""
    receivers = query(request, RECEIVERS)
    if not hasattr(Signal, "asend"):
        raise Refused(501, UNAVAILABLE["django", "vintage", "async", "signals"])
    answers = await article_viewed_async(receivers).asend(None)
    return json(Receipts(receivers, sum(number for _, number in answers)))


def announce_session(name: str) -> None:
    """Tell the plain receivers that a session belongs to somebody from now on."""
    session_set.send(None, name=name)


async def announce_session_async(name: str) -> None:
    """Tell the coroutine receivers that a session belongs to somebody from now on."""
    if hasattr(Signal, "asend"):
        await session_set_async.asend(None, name=name)
    else:
        # DIFFERS: Django 3.2 can only send to plain receivers.
        announce_session(name)


@receiver(session_set)
def _note_session(*, name: str, **_: object) -> None:
    record(f"signal session_set for {name}")


@receiver(session_set_async)
async def _note_session_async(*, name: str, **_: object) -> None:
    record(f"signal session_set for {name}")
