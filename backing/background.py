"""One event loop per process, in a thread of its own, for what must outlive the loop of a single request."""

import asyncio
from collections.abc import Coroutine
from functools import cache
from threading import Thread
from typing import Any, TypeVar

from backing.status import know

Value = TypeVar("Value")


@cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    know(loop)
    Thread(target=loop.run_forever, name="background-loop", daemon=True).start()
    return loop


async def on_background_loop(work: Coroutine[Any, Any, Value]) -> Value:
    """Run a coroutine on the process's own loop and await it from this one."""
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, _loop()))
