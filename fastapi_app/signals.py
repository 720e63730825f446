"""Signals: the framework's own, noted in the journal, and the site's, sent to any number of receivers."""

from collections.abc import Awaitable, Callable
from functools import cache

from blinker import NamedSignal, Namespace, Signal
from starlette.responses import Response

from backing.exchange import record
from contract.bodies import Receipts
from contract.endpoints import RECEIVERS
from fastapi_app.answers import json
from fastapi_app.parameters import Receivers
from fastapi_app.routing import router

routes = router()

# DIFFERS: FastAPI has no signals; the site sends those that have a meaning here, under Flask's names.
_site = Namespace()
request_started = _site.signal("request-started")
request_finished = _site.signal("request-finished")
request_tearing_down = _site.signal("request-tearing-down")
got_request_exception = _site.signal("got-request-exception")

context_read = Namespace().signal("context-read")


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
    def receive(_: object) -> int:
        record("signal article_viewed")
        return number

    return receive


def _receiver_async(number: int) -> Callable[..., Awaitable[int]]:
    async def receive(_: object) -> int:
        record("signal article_viewed")
        return number

    return receive


@routes.get("/sync/signals")
def signals(receivers: Receivers = RECEIVERS.default) -> Response:
    """Send the signal and add up what its receivers return."""
    answers = article_viewed(receivers).send(routes)
    return json(Receipts(receivers, sum(number for _, number in answers)))


@routes.get("/async/signals")
async def signals_async(receivers: Receivers = RECEIVERS.default) -> Response:
    """Send the signal and add up what its receivers return."""
    answers = await article_viewed_async(receivers).send_async(routes)
    return json(Receipts(receivers, sum(number for _, number in answers)))


def _noting(signal: NamedSignal) -> Callable[..., None]:
    entry = f"signal {signal.name.replace('-', '_')}"
    return lambda *_, **__: record(entry)


_NOTES = {signal: _noting(signal) for signal in _site.values()}


def watch() -> None:
    """Connect the journal to the framework's signals; only while a request is traced, since receivers cost time."""
    for signal, note in _NOTES.items():
        signal.connect(note, weak=False)


def unwatch() -> None:
    """Disconnect the journal again."""
    for signal, note in _NOTES.items():
        signal.disconnect(note)
