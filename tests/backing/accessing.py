"""What the tests of the ways to the database share: the shape of a row, and an event loop that lasts."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from backing import access_async
from backing.loops import know

Value = TypeVar("Value")
ONE = "SELECT 1"


def row(*values: object) -> tuple[object, ...]:
    return values


def lasting(work: Coroutine[Any, Any, Value]) -> Value:
    """Run a coroutine on a loop that lasts as a server's does; close the pool with it."""

    async def known() -> Value:
        know(asyncio.get_running_loop())
        try:
            return await work
        finally:
            await access_async.close()

    return asyncio.run(known())
