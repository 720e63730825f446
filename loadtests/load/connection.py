"""One user's connection: a raw non-blocking socket that a greenlet waits on through one lasting watcher.

gevent's own sockets start and stop a watcher for each wait; here it stays on while the user is at work, and the hub
switches straight into the user. A timer per request is saved too: `Deadlines` look at all connections now and then.

A connection that the server closed before any byte of a response came back is opened anew and the request sent again,
once, if it had served a request before and the request is idempotent: what every client does, since a server may end an
idle connection at any moment. It shows in `opened` and `retried`. On a fresh connection the same is a failure.
"""

import contextlib
import errno
import os
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import httptools
from gevent import get_hub, getcurrent
from gevent.monkey import get_original
from greenlet import greenlet

from loadtests.load.failures import Aborted, Failed, from_os
from loadtests.load.wire import (
    Address,
    Answer,
    CookieAnswer,
    HeadAnswer,
    Wanted,
    after_interim,
    ends_with_connection,
)

# The interpreter's socket: gevent's, which replaces it once Locust is imported, waits in its own way.
_socket_module = ["socket", "IPPROTO_TCP", "TCP_NODELAY", "SOCK_STREAM", "SOL_SOCKET", "SO_ERROR", "MSG_PEEK"]
_Socket, _IPPROTO_TCP, _TCP_NODELAY, _STREAM, _SOL_SOCKET, _SO_ERROR, _PEEK = get_original("socket", _socket_module)
_READ, _WRITE = 1, 2
_clock_ns = time.monotonic_ns

_OUTCOMES = (Failed, OSError, httptools.HttpParserError, httptools.HttpParserUpgrade)

# A response is parsed before anything else arrives, so one buffer serves all.
BUFFER = memoryview(bytearray(256 * 1024))


class Connection:
    """The connection of one user to one address; `cookies` makes it keep them.

    `answer` is the last response. `opened` counts connections, `retried` requests sent again, `received` bytes.
    `since_ns` is the start of the request in flight, 0 when there is none, `asked_ns` the start of the last one and
    `ended_ns` its end. While it is open, `send` and `recv_into` are its socket's.
    """

    __slots__ = (
        "_address", "_greenlet", "_hub", "_pause", "_socket", "_watcher", "answer", "asked_ns", "cookies", "ended_ns",
        "opened", "received", "recv_into", "retried", "send", "since_ns",
    )  # fmt: skip

    def __init__(self, address: Address, *, cookies: dict[str, str] | None = None) -> None:
        self._address = address
        self._hub = get_hub()
        self._pause = greenlet.switch.__get__(self._hub)
        self._socket: Any = None
        self._watcher: Any = None
        self._greenlet: Any = None
        self.cookies = cookies
        self.answer = self._new_answer()
        self.opened = self.retried = self.received = self.since_ns = self.asked_ns = self.ended_ns = 0

    @contextlib.contextmanager
    def attended(self) -> Iterator[None]:
        """Let the calling greenlet use the connection; inside, it waits for nothing else while a socket is open."""
        self._greenlet = getcurrent()
        self.drop_if_stale()
        if self._watcher is not None:
            self._watcher.start(self._greenlet.switch)
        try:
            yield
        finally:
            if self._watcher is not None:
                self._watcher.stop()
            self._greenlet = None

    @property
    def is_open(self) -> bool:
        """Whether there is a socket; the server may have ended the connection meanwhile."""
        return self._socket is not None

    def wait(self) -> Any:  # noqa: ANN401 - whatever is handed over
        """Give way to the hub, inside `attended`; return what it hands over, `()` when the socket has something."""
        return self._pause()

    def watch(self, ready: Callable[[], object]) -> None:
        """Call `ready` in the hub when the socket has something, instead of waking the greenlet."""
        self._watcher.start(ready)

    def exchange(self, wanted: Wanted, since_ns: int) -> None:
        """Send the request and return when the right response is complete; raise `Failed` otherwise."""
        self.asked_ns = self.since_ns = since_ns
        fresh = self._socket is None
        self.settle(wanted, partial(self._converse_anew if fresh else self._converse, wanted), may_retry=not fresh)

    def settle(self, wanted: Wanted, rest: Callable[[], Answer], *, may_retry: bool) -> None:
        """Do the `rest` of a request; return when its right response is complete, raise `Failed` otherwise."""
        received = self.received
        try:
            answer = rest()
        except _OUTCOMES as error:
            answer = self._again(wanted, _named(error), may_retry=may_retry and received == self.received)
        except BaseException:
            self.give_up()
            raise
        self.ended_ns = _clock_ns()
        self.since_ns = 0
        if not answer.keep_alive:
            self.close()
        if answer.body != wanted.surely_right or answer.status != wanted.status:
            wanted.check(answer.status, answer.body)

    def interrupt(self, error: Failed | Aborted) -> None:
        """End the request in flight, if any, with `error`; called in the hub, where no greenlet can be in between."""
        if self.since_ns and self._greenlet is not None:
            self._greenlet.throw(error)

    def close(self) -> None:
        """Close the socket, if open."""
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher.close()
            self._watcher = None
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _again(self, wanted: Wanted, failure: Failed, *, may_retry: bool) -> Answer:
        """Ask once more where that is due; else raise the failure."""
        self.close()
        if not may_retry or not wanted.retriable or failure.kind not in {"closed", "reset"}:
            self.give_up()
            raise failure
        self.retried += 1
        try:
            self._open()
            return self._converse(wanted)
        except _OUTCOMES as error:
            self.give_up()
            raise _named(error) from error
        except BaseException:
            # Given up: what may still come is not the answer to the next request.
            self.give_up()
            raise

    def give_up(self) -> None:
        """End the request in flight here, and the connection, on which its answer may still come."""
        self.ended_ns = _clock_ns()
        self.since_ns = 0
        self.close()

    def _converse_anew(self, wanted: Wanted) -> Answer:
        self._open()
        return self._converse(wanted)

    def _converse(self, wanted: Wanted) -> Answer:
        """Send and read until the response is complete."""
        answer = HeadAnswer() if wanted.is_head else self.answer
        answer.begin()
        raw = wanted.raw if self.cookies is None and not wanted.fresh else wanted.anew(self.cookies)
        sent = self.send(raw)
        if sent != len(raw):
            self._send_rest(raw[sent:])
        return self.hear(answer, b"")

    def say_rest(self, raw: bytes) -> Answer:
        """Send what is left of a request and read the response."""
        self._send_rest(raw)
        return self.hear(self.answer, b"")

    def hear(self, answer: Answer, head: bytes) -> Answer:
        """Read until the response is complete; `head` is what came of it."""
        while True:
            self._pause()
            try:
                count = self.recv_into(BUFFER)
            except BlockingIOError:
                continue
            if not count:
                return at_end(answer, head)
            self.received += count
            answer.feed(BUFFER[:count])
            if answer.complete:
                return alone(answer)
            if b"\r\n\r\n" not in after_interim(head):
                head += BUFFER[:count]

    def _open(self) -> None:
        self.opened += 1
        self._socket = _Socket(self._address.family, _STREAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(_IPPROTO_TCP, _TCP_NODELAY, 1)
        code = self._socket.connect_ex(self._address.sockaddr)
        if code == errno.EINPROGRESS:
            self._wait_until_writable()
            code = self._socket.getsockopt(_SOL_SOCKET, _SO_ERROR)
        if code:
            raise OSError(code, os.strerror(code))
        self.send = self._socket.send
        self.recv_into = self._socket.recv_into
        self.answer = self._new_answer()
        self._watcher = self._hub.loop.io(self._socket.fileno(), _READ)
        self._watcher.start(self._greenlet.switch)

    def _new_answer(self) -> Answer:
        return Answer() if self.cookies is None else CookieAnswer(self.cookies)

    def _send_rest(self, raw: bytes) -> None:
        """Send what the socket's buffer had no room for; what arrives meanwhile is read afterwards."""
        self._watcher.stop()
        while raw:
            self._wait_until_writable()
            with contextlib.suppress(BlockingIOError):
                raw = raw[self.send(raw) :]
        self._watcher.start(self._greenlet.switch)

    def _wait_until_writable(self) -> None:
        watcher = self._hub.loop.io(self._socket.fileno(), _WRITE)
        watcher.start(self._greenlet.switch)
        try:
            self._pause()
        finally:
            watcher.stop()
            watcher.close()

    def drop_if_stale(self) -> None:
        """Close a kept connection that the server ended, or spoke on unasked, while nobody was looking."""
        if self._socket is None:
            return
        try:
            self._socket.recv(1, _PEEK)
        except BlockingIOError:
            return
        except OSError:
            pass
        self.close()


def _named(error: Exception) -> Failed:
    """Give one of `_OUTCOMES` its name."""
    if isinstance(error, Failed):
        return error
    return from_os(error) if isinstance(error, OSError) else Failed("protocol", str(error))


def at_end(answer: Answer, head: bytes) -> Answer:
    """Judge a response at the end of its connection; `head` is what came of it."""
    if not head:
        raise Failed("closed", "the server closed the connection without a response")
    if not ends_with_connection(after_interim(head)):
        raise Failed("truncated", "the connection ended inside the response")
    answer.status = answer.parser.get_status_code()
    answer.keep_alive = False
    return answer


def alone(answer: Answer) -> Answer:
    """Return a response that is complete; raise `Failed` when more came with it."""
    if answer.began != 1:
        raise Failed("protocol", "bytes after the end of the response")
    return answer
