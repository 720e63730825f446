"""Closed load: each user asks again when it was answered."""

import time
from collections.abc import Callable, Sequence
from functools import partial

from gevent.event import Event

from loadtests.load.alarm import alarm
from loadtests.load.connection import Connection
from loadtests.load.failures import Aborted
from loadtests.load.tally import Tally
from loadtests.load.wire import Wanted
from loadtests.load.work import work
from loadtests.messages import Load

Start = Callable[[int, Callable[[], None]], None]


class Crowd:
    """The users of one load during one slice; `start` gives user number `i` something to do, in the hub.

    User number `i` sends the one of `wanted` at `i` modulo their number. `idle` is set when all have left; a `crash` is
    an error of the agent's own.
    """

    def __init__(self, load: Load, wanted: Sequence[Wanted], connections: Sequence[Connection], start: Start) -> None:
        self.load = load
        self.connections = connections[: load.users]
        self.tally = Tally()
        self.idle = Event()
        self.crash: Exception | None = None
        self._wanted = wanted
        self._start = start
        self._known = 0
        self._busy = 0

    def begin(self, started_ns: int, stopped: Event) -> None:
        """Let the users in, one after another; a crash sets `stopped`."""
        self._stopped = stopped
        self._busy = 1
        self._started_ns = started_ns
        self._alarm = alarm(self._let_in)
        self._alarm.set(started_ns)

    def finish(self, _end_ns: int) -> None:
        """Begin no request any more."""
        self.tally.going = False
        if self._known < len(self.connections):
            self._alarm.set(0)

    def abort(self) -> None:
        """Give up what is in flight; called in the hub."""
        for connection in self.connections:
            connection.interrupt(Aborted())

    def _let_in(self) -> None:
        """Start the users whose time has come, spread over `spread_s`; called in the hub."""
        now_ns = time.monotonic_ns()
        while self.tally.going and self._known < len(self.connections):
            due_s = self.load.lead_s + self.load.spread_s / self.load.users * self._known
            due_ns = self._started_ns + int(due_s * 1e9)
            if due_ns > now_ns:
                self._alarm.set(due_ns)
                return
            self._busy += 1
            self._known += 1
            number = self._known - 1
            wanted = self._wanted[number % len(self._wanted)]
            self._start(number, partial(self._one_user, self.connections[number], wanted))
        self._alarm.close()
        self._leave()

    def _one_user(self, connection: Connection, wanted: Wanted) -> None:
        try:
            work(connection, wanted, self.tally, relayed=True)
        except Exception as error:  # noqa: BLE001 - handed to the slice, which raises it
            self.crash = error
            self._stopped.set()
        finally:
            self._leave()

    def _leave(self) -> None:
        self._busy -= 1
        if not self._busy:
            self.idle.set()
