"""An open load by Locust's users: arrivals go to whoever has been idle for longest, and are dropped where nobody is.

As in `trilane compare`, but without an end that is known beforehand: the schedule is drawn piece by piece.
"""

import time
from collections import deque
from typing import TYPE_CHECKING

from gevent import getcurrent

from loadtests.load.alarm import Alarm, alarm
from loadtests.load.connection import Connection
from loadtests.load.schedule import arrivals_ns
from loadtests.load.tally import OpenTally

if TYPE_CHECKING:
    from collections.abc import Callable

_PIECE_S = 10.0
_LEAVE = 0
_clock_ns = time.monotonic_ns


class Arrivals:
    """A Poisson process of `rate` per second, drawn from `seed`, from now until it is closed."""

    def __init__(self, rate: float, seed: int, tally: OpenTally) -> None:
        self._rate = rate
        self._seed = seed
        self._tally = tally
        self._piece = -1
        self._began_ns = _clock_ns()
        self._due_ns: list[int] = []
        self._next = 0
        self._waiting: deque[Callable[[int], object]] = deque()
        self._over = False
        self._alarm: Alarm = alarm(self._ring)
        self._set()

    def next_turn(self, connection: Connection) -> int:
        """Wait, inside `attended`, for a request that is due; return when it was due, 0 when there will be none."""
        if self._over:
            return _LEAVE
        wake = getcurrent().switch
        self._waiting.append(wake)
        try:
            while not isinstance(due_ns := connection.wait(), int):
                # The socket has something to say: as a rule that the server ended the connection.
                connection.drop_if_stale()
        except BaseException:
            self._waiting.remove(wake)
            raise
        return due_ns

    def close(self) -> None:
        """Hand out no arrival any more, and let all who wait go; called by a greenlet."""
        if not self._over:
            self._over = True
            self._alarm.close()
            self._alarm = alarm(self._let_go)
            self._alarm.set(0)

    def _let_go(self) -> None:
        while self._waiting:
            self._waiting.popleft()(_LEAVE)
        self._alarm.close()

    def _ring(self) -> None:
        """Hand out what is due; called in the hub, which each user hands back when the request is sent."""
        # Not what becomes due meanwhile: answers must be read even if this never catches up.
        now_ns = _clock_ns()
        while not self._over and (due_ns := self._due_ns[self._next]) <= now_ns:
            self._next += 1
            self._tally.due += 1
            if self._waiting:
                self._waiting.popleft()(due_ns)
            else:
                self._tally.dropped_ns.append(due_ns)
            if self._next == len(self._due_ns):
                self._draw()
        if not self._over:
            self._set()

    def _set(self) -> None:
        if self._next == len(self._due_ns):
            self._draw()
        self._alarm.set(self._due_ns[self._next])

    def _draw(self) -> None:
        """Draw the next piece in which anything arrives; pieces have seeds of their own."""
        self._due_ns, self._next = [], 0
        while not self._due_ns:
            self._piece += 1
            began_ns = self._began_ns + int(self._piece * _PIECE_S * 1e9)
            self._due_ns = (arrivals_ns(self._rate, self._seed + self._piece, _PIECE_S) + began_ns).tolist()
