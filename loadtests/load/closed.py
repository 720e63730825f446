"""Closed load: each user asks again when it was answered."""

import time
from collections.abc import Callable, Sequence
from functools import partial

import gevent
from gevent.event import Event

from loadtests.load.connection import Connection
from loadtests.load.failures import Aborted
from loadtests.load.tally import Tally
from loadtests.load.wire import Wanted
from loadtests.load.work import work
from loadtests.messages import Load

Start = Callable[[int, Callable[[], None]], None]


class Crowd:
    """The users of one load during one slice; `start` gives user number `i` something to do.

    `idle` is set when all have left; a `crash` is an error of the agent's own.
    """

    def __init__(self, load: Load, wanted: Wanted, connections: Sequence[Connection], start: Start) -> None:
        self.load = load
        self.connections = connections[: load.users]
        self.tally = Tally()
        self.idle = Event()
        self.crash: Exception | None = None
        self._wanted = wanted
        self._start = start
        self._busy = 0
        self._ending = Event()

    def begin(self, started_ns: int, stopped: Event) -> None:
        """Let the users in, one after another; a crash sets `stopped`."""
        self._stopped = stopped
        self._busy = 1
        gevent.spawn(self._let_in, started_ns)

    def finish(self) -> None:
        """Begin no request any more."""
        self.tally.going = False
        self._ending.set()

    def abort(self) -> None:
        """Give up what is in flight; called in the hub."""
        for connection in self.connections:
            connection.interrupt(Aborted())

    def _let_in(self, started_ns: int) -> None:
        """Start the users, spread over `spread_s`; one greenlet waits for all, since there may be thousands."""
        between_ns = self.load.spread_s * 1e9 / self.load.users
        for number, connection in enumerate(self.connections):
            wait_s = (started_ns + between_ns * number - time.monotonic_ns()) / 1e9
            if wait_s > 0:
                self._ending.wait(wait_s)
            if not self.tally.going:
                break
            self._busy += 1
            self._start(number, partial(self._one_user, connection))
        self._leave()

    def _one_user(self, connection: Connection) -> None:
        try:
            work(connection, self._wanted, self.tally)
        except Exception as error:  # noqa: BLE001 - handed to the slice, which raises it
            self.crash = error
            self._stopped.set()
        finally:
            self._leave()

    def _leave(self) -> None:
        self._busy -= 1
        if not self._busy:
            self.idle.set()
