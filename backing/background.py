"""One event loop per process, in a thread of its own, for what must outlive the loop of a single request."""

import asyncio
from collections.abc import Callable, Coroutine
from threading import Lock, Thread
from typing import Any, TypeVar

from backing.loops import know, lasts

Value = TypeVar("Value")

CLOSE_TIMEOUT_S = 5.0

_loop: list[asyncio.AbstractEventLoop] = []
_making = Lock()


def background_loop() -> asyncio.AbstractEventLoop:
    """Return the loop; make it where nobody has asked for it before."""
    if not _loop:
        with _making:
            if not _loop:
                _loop.append(_running())
    return _loop[0]


def _running() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    know(loop)
    Thread(target=loop.run_forever, name="background-loop", daemon=True).start()
    return loop


async def on_background_loop(work: Coroutine[Any, Any, Value]) -> Value:
    """Run a coroutine on the process's own loop and await it from this one."""
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, background_loop()))


async def on_lasting_loop(work: Coroutine[Any, Any, Value]) -> Value:
    """Await a coroutine here where this loop outlives the request, else on the process's own loop."""
    return await (work if lasts(asyncio.get_running_loop()) else on_background_loop(work))


def finish(close: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Close what lives on this loop, as the process ends; where nobody asked for the loop, nothing does."""
    if _loop:
        asyncio.run_coroutine_threadsafe(close(), _loop[0]).result(CLOSE_TIMEOUT_S)
