"""The event loops of this process that last: the server's, and the one in the background.

Any other loop ends with its request, and nothing that outlives a request may live on it.
"""

import asyncio
from weakref import WeakSet

_lasting: WeakSet[asyncio.AbstractEventLoop] = WeakSet()


def know(loop: asyncio.AbstractEventLoop) -> None:
    """Note a loop that lasts."""
    _lasting.add(loop)


def lasts(loop: asyncio.AbstractEventLoop) -> bool:
    """Tell whether the loop outlives the request in progress."""
    return loop in _lasting


def tasks() -> int | None:
    """Count the unfinished tasks of these loops; None where there is no loop."""
    loops = list(_lasting)
    return sum(len(asyncio.all_tasks(loop)) for loop in loops) if loops else None
