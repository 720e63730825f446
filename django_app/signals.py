"""Signals: the framework's own, noted in the journal, and the site's, sent to any number of receivers."""

from collections.abc import Awaitable, Callable
from functools import cache

from django.core.signals import got_request_exception, request_finished, request_started
from django.dispatch import Signal
from django.http import HttpRequest, HttpResponse

from backing.exchange import record
from contract.bodies import Receipts
from contract.endpoints import RECEIVERS
from contract.errors import Refused
from contract.unavailable import UNAVAILABLE
from django_app.answers import json
from django_app.parameters import query

# DIFFERS: Django lists its URLs in app.py.

context_read = Signal()


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


def _noting(name: str) -> Callable[..., None]:
    return lambda **_: record(f"signal {name}")


_NOTES = {
    request_started: _noting("request_started"),
    request_finished: _noting("request_finished"),
    got_request_exception: _noting("got_request_exception"),
}


def watch() -> None:
    """Connect the journal to the framework's signals; only while a request is traced, since receivers cost time."""
    for signal, note in _NOTES.items():
        signal.connect(note, weak=False)


def unwatch() -> None:
    """Disconnect the journal again."""
    for signal, note in _NOTES.items():
        signal.disconnect(note)
