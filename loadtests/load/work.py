"""What a user does all day: ask, wait, check, tell, and, when the load is closed, ask again."""

import time
from typing import Protocol

import gevent

from loadtests.load.connection import Connection
from loadtests.load.failures import Aborted, Failed
from loadtests.load.wire import Wanted

# A user that could not connect waits, so that a server that is down is not asked in an endless loop.
_PAUSE_S = 0.05
_clock_ns = time.monotonic_ns
_WHILE_CONNECTING = frozenset({"refused", "unreachable", "no_port", "no_files"})


class Sink(Protocol):
    """Who is told: times are `time.monotonic_ns()`."""

    going: bool

    def sent(self, start_ns: int) -> None:
        """Note that a request is about to be sent."""

    def right(self, start_ns: int, end_ns: int) -> None:
        """Note the right response."""

    def failed(self, start_ns: int, end_ns: int, failure: Failed) -> None:
        """Note a failure."""

    def aborted(self) -> None:
        """Note that the request in flight was given up."""


def work(connection: Connection, wanted: Wanted, sink: Sink) -> None:
    """Send one request after another as long as `sink.going`."""
    exchange = connection.exchange
    with connection.attended():
        while sink.going:
            start_ns = _clock_ns()
            sink.sent(start_ns)
            try:
                exchange(wanted, start_ns)
            except Failed as failure:
                sink.failed(start_ns, connection.ended_ns, failure)
                if failure.kind in _WHILE_CONNECTING:
                    gevent.sleep(_PAUSE_S)
            except Aborted:
                sink.aborted()
            else:
                sink.right(start_ns, connection.ended_ns)


def ask(connection: Connection, wanted: Wanted, sink: Sink, due_ns: int) -> None:
    """Send one request, inside `attended`, that was due at `due_ns`."""
    sink.sent(due_ns)
    try:
        connection.exchange(wanted, due_ns)
    except Failed as failure:
        sink.failed(due_ns, connection.ended_ns, failure)
    except Aborted:
        sink.aborted()
    else:
        sink.right(due_ns, connection.ended_ns)
