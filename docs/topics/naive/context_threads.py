"""Ways from a coroutine to a plain function in another thread, and what of the request's state arrives there."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from functools import partial

from asgiref.local import Local
from asgiref.sync import sync_to_async
from starlette.concurrency import run_in_threadpool

of_thread, of_asgiref = threading.local(), Local()
variable: ContextVar[str] = ContextVar("name")
pool = ThreadPoolExecutor(1)
Found = tuple[bool, bool, bool]
Way = Callable[[Callable[[], Found]], Awaitable[Found]]


def found() -> Found:
    """Tell in which places the name is, seen from the thread that runs this."""
    return hasattr(of_thread, "name"), hasattr(of_asgiref, "name"), variable.get("") == "ada"


def by_executor(read: Callable[[], Found]) -> Awaitable[Found]:
    """Hand the function to a pool of threads, by the event loop."""
    return asyncio.get_running_loop().run_in_executor(pool, read)


def by_copy(read: Callable[[], Found]) -> Awaitable[Found]:
    """Hand it over with a copy of the context around it."""
    return by_executor(partial(copy_context().run, read))


WAYS: dict[str, Way] = {
    "loop.run_in_executor": by_executor,
    "copy_context().run": by_copy,
    "asyncio.to_thread": asyncio.to_thread,
    "run_in_threadpool": run_in_threadpool,
    "sync_to_async": lambda read: sync_to_async(read)(),
}


async def table() -> AsyncIterator[str]:
    """Yield a line for each way: what arrived."""
    of_thread.name = of_asgiref.name = "ada"
    variable.set("ada")
    yield f"{'':<22}{'threading.local':<17}{'asgiref.Local':<15}ContextVar"
    for name, way in WAYS.items():
        told = ["there" if each else "lost" for each in await way(found)]
        yield f"{name:<22}{told[0]:<17}{told[1]:<15}{told[2]}"


async def main() -> None:
    """Print the table."""
    async for line in table():
        print(line)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main())
