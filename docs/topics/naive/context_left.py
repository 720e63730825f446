"""A context variable that nobody resets: a thread that serves the next request still has it, a new task has not."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar

held: ContextVar[str] = ContextVar("held", default="nobody")


def log_in() -> None:
    """Answer a request that sets the variable."""
    held.set("ada")


def log_in_and_reset() -> None:
    """Answer the same request, and leave the variable as it was."""
    token = held.set("ada")
    held.reset(token)


async def log_in_async() -> None:
    """Answer the same request in a task."""
    held.set("ada")


async def look_async() -> str:
    """Answer another request in a task."""
    return held.get()


async def tasks() -> str:
    """Answer both, each in a task of its own, as a server with an event loop does."""
    await asyncio.create_task(log_in_async())
    return await asyncio.create_task(look_async())


def next_of_thread(request: Callable[[], None]) -> str:
    """Answer a request in a thread of a pool, and return what the next one in that thread finds."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(request).result()
        return pool.submit(held.get).result()


if __name__ == "__main__":
    print("the next request of a thread finds:", next_of_thread(log_in))  # noqa: T201
    print("where it was reset:", next_of_thread(log_in_and_reset))  # noqa: T201
    print("the next task finds:", asyncio.run(tasks()))  # noqa: T201
