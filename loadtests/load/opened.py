"""Open load: requests start when they are due, whether earlier ones were answered or not.

A request goes to the connection that has been idle for longest. A new one is opened only where none is idle, up to as
many as may be in flight; then the start is dropped. So a server sees no more connections than it needs time for, and
all of them are used in turn, like those of many independent clients. To prefer the one used last would leave the others
cold, and where processes share the connections, whole processes.
"""

import time
from array import array
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from gevent import get_hub, getcurrent
from gevent.event import Event

from loadtests.load.alarm import Alarm, alarm
from loadtests.load.closed import Start
from loadtests.load.connection import Connection
from loadtests.load.failures import Aborted
from loadtests.load.schedule import arrivals_ns
from loadtests.load.summary import Starts, Window
from loadtests.load.tally import OpenTally
from loadtests.load.wire import Wanted
from loadtests.load.work import ask
from loadtests.messages import Load

# A window may end a little later than planned; what is due then must be known.
_SPARE_S = 5.0
_NEVER_NS = 2**62
_LEAVE = 0
_clock_ns = time.monotonic_ns


class OpenCrowd:
    """The users of one open load during one slice, in the place of a `Crowd`.

    A user is let in when the first request needs one more, and then waits in `_waiting`, as what wakes the user, for
    another. `length_s` is how long the slice is to last.
    """

    def __init__(
        self, load: Load, wanted: Sequence[Wanted], connections: Sequence[Connection], start: Start, *, length_s: float
    ) -> None:
        self.load = load
        self.connections = connections[: load.users]
        self.tally = OpenTally()
        self.idle = Event()
        self.crash: Exception | None = None
        self._wanted = wanted
        self._start = start
        self._arrivals_ns = arrivals_ns(load.rate or 0.0, load.seed, length_s + _SPARE_S)
        self._due_ns = array("q")
        self._next = 0
        self._until_ns = 0
        self._over = False
        self._waiting: deque[Callable[[int], object]] = deque()
        self._known = 0
        self._busy = 0

    def begin(self, started_ns: int, stopped: Event) -> None:
        """Let in those whose connections are open, and wait for the first request that is due."""
        self._stopped = stopped
        self._due_ns.frombytes((self._arrivals_ns + started_ns).tobytes())
        self._due_ns.append(_NEVER_NS)
        self._busy = 1
        self._alarm: Alarm = alarm(self._ring)
        get_hub().loop.run_callback(self._let_in_those_connected)

    def finish(self, end_ns: int) -> None:
        """Begin what was due before `end_ns`, then no request any more."""
        self._until_ns = end_ns
        get_hub().loop.run_callback(self._end)

    def abort(self) -> None:
        """Give up what is in flight; called in the hub."""
        for connection in self.connections:
            connection.interrupt(Aborted())

    def starts(self, window: Window) -> Starts:
        """Return what became of the starts that were due in the window."""
        moments = (self._due_ns, self.tally.late_ns, self.tally.dropped_ns)
        due, late, dropped = (
            int(np.diff(np.searchsorted(each, (window.start_ns, window.end_ns)))[0]) for each in moments
        )
        return Starts(due, late, dropped)

    def _ring(self) -> None:
        """Begin what is due; called in the hub, which each user that is woken hands back when the request is sent."""
        try:
            # Not what becomes due meanwhile: answers must be read even if this never catches up.
            self._begin_before(_clock_ns())
            self._alarm.set(self._due_ns[self._next])
        except Exception as error:  # noqa: BLE001 - handed to the slice, which raises it
            self.crash = error
            self._stopped.set()

    def _begin_before(self, moment_ns: int) -> None:
        while (due_ns := self._due_ns[self._next]) < moment_ns:
            self._next += 1
            if self._waiting:
                self._waiting.popleft()(due_ns)
            elif self._known < len(self.connections):
                self._let_in(due_ns)
            else:
                self.tally.dropped_ns.append(due_ns)

    def _end(self) -> None:
        self._alarm.close()
        self._begin_before(self._until_ns)
        self._over = True
        while self._waiting:
            self._waiting.popleft()(_LEAVE)
        self._leave()

    def _let_in_those_connected(self) -> None:
        while self._known < len(self.connections) and self.connections[self._known].is_open:
            self._let_in(_LEAVE)
        self._alarm.set(self._due_ns[0])

    def _let_in(self, due_ns: int) -> None:
        self._busy += 1
        wanted = self._wanted[self._known % len(self._wanted)]
        self._start(self._known, partial(self._one_user, self.connections[self._known], wanted, due_ns))
        self._known += 1

    def _one_user(self, connection: Connection, wanted: Wanted, due_ns: int) -> None:
        try:
            with connection.attended():
                if due_ns:
                    ask(connection, wanted, self.tally, due_ns)
                while not self._over and (due_ns := self._next_turn(connection)):
                    ask(connection, wanted, self.tally, due_ns)
        except Exception as error:  # noqa: BLE001 - handed to the slice, which raises it
            self.crash = error
            self._stopped.set()
        finally:
            self._leave()

    def _next_turn(self, connection: Connection) -> int:
        """Return when this user's next request was due: now, more or less; or that there is none."""
        self._waiting.append(getcurrent().switch)
        while not isinstance(due_ns := connection.wait(), int):
            # The socket has something to say: as a rule that the server ended the connection.
            connection.drop_if_stale()
        return due_ns

    def _leave(self) -> None:
        self._busy -= 1
        if not self._busy:
            self.idle.set()
