"""The path that nearly every request of a closed load takes: the hub itself reads an answer and asks again.

To wake a user's greenlet for each answer costs an eighth of the generator's time. Here it is woken only for what is out
of the ordinary (an error, an answer in several parts, the end of the connection), of which it does the rest.
"""

import time
from collections.abc import Callable
from functools import partial

from gevent import getcurrent

from loadtests.load.connection import BUFFER, Connection, alone, at_end
from loadtests.load.failures import Failed
from loadtests.load.tally import Sink
from loadtests.load.wire import Answer, Wanted

_clock_ns = time.monotonic_ns
# What is left to do for a request that began here, and whether it may be sent again.
_Rest = tuple[Callable[[], Answer], bool]


def may_relay(connection: Connection, wanted: Wanted) -> bool:
    """Tell whether these requests are so plain that the hub can ask them."""
    return connection.is_open and connection.cookies is None and not wanted.is_head


def relay(connection: Connection, wanted: Wanted, sink: Sink) -> None:
    """Ask again and again as long as `sink.going`; return earlier after an answer that the greenlet had to read.

    Called inside `attended`, with an open connection; the sink must not wait for anything. Raises as
    `Connection.exchange` does, for the request that began at `connection.asked_ns`.
    """
    wake = getcurrent().switch
    relayed = _Relay(connection, wanted, sink, wake)
    connection.watch(relayed.ready)
    try:
        rest = relayed.ask() or connection.wait()
    except BaseException:
        connection.give_up()
        raise
    connection.watch(wake)
    if rest is not _OVER:
        do, may_retry = rest
        connection.settle(wanted, do, may_retry=may_retry)
        sink.right(connection.asked_ns, connection.ended_ns)


class _Relay:
    """What the hub does for one connection; `wake` hands what is left to do to the greenlet."""

    __slots__ = ("_answer", "_connection", "_feed", "_raw", "_recv_into", "_right", "_send", "_sent", "_sink", "_wake",
                 "_wanted")  # fmt: skip

    def __init__(self, connection: Connection, wanted: Wanted, sink: Sink, wake: Callable[[_Rest], object]) -> None:
        self._connection, self._wanted, self._sink, self._wake = connection, wanted, sink, wake
        self._answer, self._feed = connection.answer, connection.answer.feed
        self._raw = b"" if wanted.fresh else wanted.raw
        self._send, self._recv_into = connection.send, connection.recv_into
        self._sent, self._right = sink.sent, sink.right

    def ask(self) -> _Rest | None:
        """Send a request; return what is left to do unless all of it went out."""
        connection, answer = self._connection, self._answer
        connection.asked_ns = connection.since_ns = start_ns = _clock_ns()
        self._sent(start_ns)
        answer.began = 0
        answer.complete = False
        answer.body = b""
        raw = self._raw or self._wanted.anew()
        try:
            sent = self._send(raw)
        except OSError as error:
            return partial(_raise, error), True
        return None if sent == len(raw) else (partial(connection.say_rest, raw[sent:]), True)

    def ready(self) -> None:
        """Read what has arrived, and ask again; wake the greenlet if something is left to do."""
        received = self._connection.received
        try:
            rest = self._read()
        except Exception as error:  # noqa: BLE001 - the greenlet raises it
            rest = partial(_raise, error), self._connection.received == received
        if rest is not None:
            self._wake(rest)

    def _read(self) -> _Rest | None:
        connection, answer, wanted = self._connection, self._answer, self._wanted
        try:
            count = self._recv_into(BUFFER)
        except BlockingIOError:
            return None
        if not count:
            return partial(at_end, answer, b""), True
        connection.received += count
        self._feed(BUFFER[:count])
        if not answer.complete:
            return partial(connection.hear, answer, bytes(BUFFER[:count])), False
        surely = answer.body == wanted.surely_right and answer.status == wanted.status
        if answer.began != 1 or not answer.keep_alive or not (surely or _is_right(answer, wanted)):
            return partial(alone, answer), False
        connection.ended_ns = end_ns = _clock_ns()
        self._right(connection.asked_ns, end_ns)
        if self._sink.going:
            return self.ask()
        connection.since_ns = 0
        return _OVER


def _is_right(answer: Answer, wanted: Wanted) -> bool:
    try:
        wanted.check(answer.status, answer.body)
    except Failed:
        return False
    return True


def _raise(error: Exception) -> Answer:
    raise error


_OVER: _Rest = (partial(_raise, RuntimeError("nothing is left to do")), False)
