"""Four places for the state of a request, and three ways to work on two requests at a time: where they leak."""

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from functools import partial

import gevent
import gevent.event

from backing.carriers import Local

Place = tuple[Callable[[str], object], Callable[[], object]]
NAMES = ("ada", "bob")

_variable: ContextVar[str] = ContextVar("name")


def _attribute_of(place: object) -> Place:
    return partial(setattr, place, "name"), partial(getattr, place, "name")


PLACES: dict[str, Place] = {
    "global": _attribute_of(sys.modules[__name__]),
    "threading.local": _attribute_of(threading.local()),
    "Local, by hand": _attribute_of(Local()),
    "ContextVar": (_variable.set, _variable.get),
}


def threads(place: Place) -> list[object]:
    """Let two threads write a name each, wait for each other, and read."""
    write, read = place
    both = threading.Barrier(2)

    def handle(name: str) -> object:
        write(name)
        both.wait(timeout=10)
        return read()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(handle, NAMES))


def greenlets(place: Place) -> list[object]:
    """Let two greenlets of one thread do the same."""
    write, read = place

    def handle(name: str) -> object:
        write(name)
        gevent.sleep(0)
        return read()

    jobs = [gevent.spawn(handle, name) for name in NAMES]
    gevent.joinall(jobs, raise_error=True)
    return [job.value for job in jobs]


def coroutines(place: Place) -> list[object]:
    """Let two tasks of one event loop do the same."""
    write, read = place

    async def handle(name: str) -> object:
        write(name)
        await asyncio.sleep(0)
        return read()

    async def both() -> list[object]:
        return await asyncio.gather(*map(handle, NAMES))

    return asyncio.run(both())


def table() -> Iterator[str]:
    """Yield a line for each place: whether each request read back what it had written."""
    ways = (threads, greenlets, coroutines)
    yield f"{'':<16}" + "".join(f"{way.__name__:<12}" for way in ways).rstrip()
    for name, place in PLACES.items():
        told = ["keeps" if way(place) == list(NAMES) else "leaks" for way in ways]
        yield f"{name:<16}" + "".join(f"{each:<12}" for each in told).rstrip()


if __name__ == "__main__":
    print(*table(), sep="\n")  # noqa: T201
