"""What a user does all day: ask, wait, check, tell, and, when the load is closed, ask again."""

import time

import gevent

from loadtests.load.connection import Connection
from loadtests.load.failures import Aborted, Failed, forget_how
from loadtests.load.relay import may_relay, relay
from loadtests.load.tally import Sink
from loadtests.load.wire import Wanted

# A user that could not connect waits, so that a server that is down is not asked in an endless loop.
_PAUSE_S = 0.05
_clock_ns = time.monotonic_ns
_WHILE_CONNECTING = frozenset({"refused", "unreachable", "no_port", "no_files"})


def work(connection: Connection, wanted: Wanted, sink: Sink, *, relayed: bool = False) -> None:
    """Send one request after another as long as `sink.going`; `relayed` ones are told to the sink in the hub."""
    with connection.attended():
        while sink.going:
            try:
                if relayed and may_relay(connection, wanted):
                    relay(connection, wanted, sink)
                else:
                    start_ns = _clock_ns()
                    sink.sent(start_ns)
                    connection.exchange(wanted, start_ns)
                    sink.right(start_ns, connection.ended_ns)
            except Failed as failure:
                sink.failed(connection.asked_ns, connection.ended_ns, failure)
                forget_how(failure)
                if failure.kind in _WHILE_CONNECTING:
                    gevent.sleep(_PAUSE_S)
            except Aborted:
                sink.aborted()


def ask(connection: Connection, wanted: Wanted, sink: Sink, due_ns: int) -> None:
    """Send one request, inside `attended`, that was due at `due_ns`."""
    sink.sent(due_ns)
    try:
        connection.exchange(wanted, due_ns)
    except Failed as failure:
        sink.failed(due_ns, connection.ended_ns, failure)
        forget_how(failure)
    except Aborted:
        sink.aborted()
    else:
        sink.right(due_ns, connection.ended_ns)
