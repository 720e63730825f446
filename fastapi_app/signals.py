"""Signals: those of the site itself, sent to any number of receivers, plain functions or coroutines."""

from collections.abc import Awaitable, Callable
from functools import cache

from blinker import Namespace, Signal
from starlette.responses import Response

from backing.exchange import record
from contract.bodies import Receipts
from contract.rows.context import RECEIVERS
from fastapi_app.answers import json
from fastapi_app.parameters import Receivers
from fastapi_app.routing import router

routes = router()

_site = Namespace()
context_read = _site.signal("context-read")
session_set = _site.signal("session-set")
session_set_async = _site.signal("session-set-async")


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


def announce_session(name: str) -> None:
    """Tell the plain receivers that a session belongs to somebody from now on."""
    session_set.send(routes, name=name)


async def announce_session_async(name: str) -> None:
    """Tell the coroutine receivers that a session belongs to somebody from now on."""
    await session_set_async.send_async(routes, name=name)


@session_set.connect
def _note_session(_: object, *, name: str) -> None:
    record(f"signal session_set for {name}")


@session_set_async.connect
async def _note_session_async(_: object, *, name: str) -> None:
    record(f"signal session_set for {name}")
