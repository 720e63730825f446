"""What the users of this process note of each request, besides telling Locust: enough for the harness's own checks.

Locust keeps sums and rounded times. These notes hold what a slice of `trilane compare` holds: exact times, requests in
flight by a clock of their own, the CPU time of this process. They are taken piece by piece, so that they take no more
memory in an hour than in a second.
"""

import time
from typing import Any

import msgspec
from gevent import get_hub

from loadtests.load.connection import Connection
from loadtests.load.summary import Times, Traffic, Window, summary
from loadtests.load.tally import OpenTally, Tally
from loadtests.messages import Slice
from loadtests.users.arrivals import Arrivals

_NOTHING = Traffic(0, 0, 0)


class Notes:
    """The notes of one process; `over` tells its users to begin no request any more.

    `arrivals` are those of an open load, None where it is closed. `beside` counts requests that users sent before their
    work and that are no part of it, such as logging in.
    """

    def __init__(self) -> None:
        self.tally = Tally()
        self.arrivals: Arrivals | None = None
        self.over = False
        self.beside = 0
        self.connections: set[Connection] = set()
        self._gone = _NOTHING
        self._watcher: Any = None
        self._cut()

    def begin(self, rate: float | None = None, seed: int = 0) -> None:
        """Forget everything and note from now on; `rate` is that of an open load."""
        self.end()
        self.tally = Tally() if rate is None else OpenTally()
        self.arrivals = Arrivals(rate, seed, self.tally) if rate and isinstance(self.tally, OpenTally) else None
        self.over = False
        self.beside = 0
        self._watch()
        self._cut()

    def end(self) -> None:
        """Let the users begin no request any more."""
        self.over = True
        if self.arrivals is not None:
            self.arrivals.close()

    @property
    def in_flight(self) -> int:
        """Return how many requests have no answer yet."""
        return self.tally.in_flight_now

    def left(self, connection: Connection) -> None:
        """Keep what a connection did, which closes for good."""
        self.connections.discard(connection)
        self._gone = _sum(self._gone, _of(connection))

    def take(self) -> Slice:
        """Return what was noted since the last time, and forget it: all of it is the slice's window."""
        now_ns, area_ns = self.tally.in_flight()
        traffic, cpu_ns = self._traffic(), time.process_time_ns()
        window = Window(self._since_ns, now_ns, area_ns - self._area_ns)
        done = Traffic(
            traffic.opened - self._done.opened,
            traffic.retried - self._done.retried,
            traffic.received - self._done.received,
        )
        times = Times(window, self._since_ns, now_ns, interrupted=False)
        found = summary(self.tally, times, done, None, cpu_ns=cpu_ns - self._cpu_ns)
        if isinstance(self.tally, OpenTally):
            tally = self.tally
            late, dropped = len(tally.late_ns), len(tally.dropped_ns)
            found = msgspec.structs.replace(found, due=tally.due, late=late, dropped=dropped)
        self.tally.forget()
        self._cut()
        return found

    def _cut(self) -> None:
        self._since_ns, self._area_ns = self.tally.in_flight()
        self._done = self._traffic()
        self._cpu_ns = time.process_time_ns()

    def _traffic(self) -> Traffic:
        total = self._gone
        for connection in self.connections:
            total = _sum(total, _of(connection))
        return total

    def _woke(self) -> None:
        # Whichever tally it is by then.
        self.tally.woke()

    def _watch(self) -> None:
        """Note each time the event loop wakes up, from which the lag of a request counts."""
        if self._watcher is None:
            self._watcher = get_hub().loop.check()
            self._watcher.start(self._woke)


def _of(connection: Connection) -> Traffic:
    return Traffic(connection.opened, connection.retried, connection.received)


def _sum(one: Traffic, other: Traffic) -> Traffic:
    return Traffic(one.opened + other.opened, one.retried + other.retried, one.received + other.received)


NOTES = Notes()
"""Those of this process."""
