"""Receivers that are coroutines, and those that are not: who may be sent to how, and who waits for whom."""

import asyncio
import threading
from collections.abc import Callable
from itertools import product
from typing import Any

from blinker import Signal
from django.dispatch import Signal as DjangoSignal

under_way: list[int] = [0, 0]
plain_in: list[str] = []


async def coroutine(*_: object, **__: object) -> None:
    """Wait a moment, and note how many receivers do at the same time."""
    under_way[0] += 1
    under_way[1] = max(under_way)
    await asyncio.sleep(0.01)
    under_way[0] -= 1


async def another(*_: object, **__: object) -> None:
    """Do the same."""
    await coroutine()


def plain(*_: object, **__: object) -> None:
    """Note in which thread this runs."""
    same = threading.current_thread() is threading.main_thread()
    plain_in.append("the loop's thread" if same else "another thread")


def at_once(send: Callable[[object], Any]) -> str:
    """Await a signal with two receivers, and return how many were under way together."""
    under_way[:] = [0, 0]
    asyncio.run(send(None))
    return f"{under_way[1]} of 2 coroutines at a time"


def outcome(send: Callable[[], object]) -> str:
    """Return what comes of sending."""
    try:
        send()
    except RuntimeError as error:
        return str(error)
    return f"it runs in {plain_in.pop()}" if plain_in else "it runs, on an event loop of its own"


def main() -> None:
    """Send each signal in the ways that there are."""
    to_coroutine, to_plain, to_both = ((Signal(), DjangoSignal()) for _ in range(3))
    for signals, receivers in ((to_coroutine, [coroutine]), (to_plain, [plain]), (to_both, [coroutine, another])):
        for signal, receiver in product(signals, receivers):
            signal.connect(receiver)
    print("send, to a coroutine")  # noqa: T201
    print(f"  Blinker: {outcome(lambda: to_coroutine[0].send(None))}")  # noqa: T201
    print(f"  Django: {outcome(lambda: to_coroutine[1].send(None))}")  # noqa: T201
    print("awaited send, to a plain function")  # noqa: T201
    print(f"  Blinker: {outcome(lambda: asyncio.run(to_plain[0].send_async(None)))}")  # noqa: T201
    print(f"  Django: {outcome(lambda: asyncio.run(to_plain[1].asend(None)))}")  # noqa: T201
    print("awaited send, to two coroutines")  # noqa: T201
    print(f"  Blinker: {at_once(to_both[0].send_async)}")  # noqa: T201
    print(f"  Django: {at_once(to_both[1].asend)}")  # noqa: T201


if __name__ == "__main__":
    main()
