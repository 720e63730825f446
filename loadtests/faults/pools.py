"""Put all connections of lanes to work at once, and let the database count them: none may be lost to a fault.

A pool that never got a connection back serves many clients by those that are left, so nobody would notice. Here each
request needs one at the same time: what it reads is locked until as many wait as the lane can have at work.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from contract.settings import Settings
from loadtests.faults.asking import Answered, Sent, ask
from loadtests.faults.fault import PATIENCE_S
from loadtests.faults.grounds import Grounds
from loadtests.servers import Server

# Less than a query may wait: a connection that was given up still waits at the database, and would be counted.
FILLED_WITHIN_S = 1.5
LOOK_EVERY_S = 0.1
# What serves one request at a time in each process: by server, or by lane and stack.
ONE_BY_ONE = ("gunicorn sync", ("django-asgi-sync", "vintage"))


def pooled(server: Server) -> int:
    """Return how many connections the pools of a lane may hold."""
    return server.workers * Settings.from_environment({}).pool_size


def most(server: Server) -> int:
    """Return how many connections a lane can have at work at once: all, or one for each process that serves one."""
    one = server.lane.server in ONE_BY_ONE or (server.lane.name, server.stack) in ONE_BY_ONE
    return server.workers if one else pooled(server)


class Filling:
    """Requests that wait for a lock, as many as it takes: to which of several workers each goes is up to the kernel."""

    def __init__(self, base_url: str, sent: Sent, count: Callable[[], int], wanted: int) -> None:
        self._where = base_url, sent
        self._count, self._wanted = count, wanted
        self._asked: list[asyncio.Task[Answered]] = []
        self.held = 0

    async def fill(self, within_s: float = FILLED_WITHIN_S) -> None:
        """Send requests until enough connections wait at the database, or the time is over; `held` is the most seen."""
        deadline_s = time.monotonic() + within_s
        while True:
            self.held = max(self.held, await asyncio.to_thread(self._count))
            if self.held >= self._wanted or time.monotonic() > deadline_s:
                return
            self._asked += [asyncio.create_task(ask(*self._where, patience_s=PATIENCE_S)) for _ in range(self._wanted)]
            await asyncio.sleep(LOOK_EVERY_S)

    async def end(self) -> list[Answered]:
        """Return how every request ended, when the last of them has its answer or nobody waits for it any more."""
        return await asyncio.gather(*self._asked)


def filling(ground: Grounds, server: Server, sent: Sent) -> Filling:
    """Return what fills a lane's pools by a request that reads what `Grounds.locked` locks."""
    return Filling(server.base_url, sent, lambda: ground.connections(server.name, waiting=True), most(server))


async def at_work(ground: Grounds, requests: Sequence[tuple[Server, Sent]]) -> list[int]:
    """Return how many connections of each lane were at work at once; the lock is given up before a query gives up."""
    fillings = [filling(ground, server, sent) for server, sent in requests]
    with ExitStack() as lock:
        await asyncio.to_thread(lock.enter_context, ground.locked())
        await asyncio.gather(*(each.fill() for each in fillings))
        await asyncio.to_thread(lock.close)
    await asyncio.gather(*(each.end() for each in fillings))
    await asyncio.sleep(LOOK_EVERY_S)  # the database ends what a pool has closed
    return [each.held for each in fillings]
