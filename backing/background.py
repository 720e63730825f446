"""One event loop per process, in a thread of its own, for what must outlive the loop of a single request."""

import asyncio
from collections.abc import Coroutine
from threading import Lock, Thread
from typing import Any, TypeVar

from backing.loops import know

Value = TypeVar("Value")

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
