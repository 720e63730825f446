"""The wire between Locust's process and the one that serves the lanes: a Unix socket that only this user can open."""

import contextlib
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from backing.problem import Problem
from loadtests.load.frames import Stream
from loadtests.web.messages import Failure, Reply, Request

_LOG = logging.getLogger(__name__)
_PRIVATE = 0o600


@contextlib.contextmanager
def serving(path: Path, handle: Callable[[Request], Reply]) -> Iterator[None]:
    """Answer what comes through a socket at `path`, one request after another, in a thread, until the block ends."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
        path.chmod(_PRIVATE)
        listener.listen(1)
        threading.Thread(target=_accept, args=(listener, handle), daemon=True).start()
        yield


def _accept(listener: socket.socket, handle: Callable[[Request], Reply]) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, contextlib.suppress(EOFError, OSError):
            _serve(Stream(connection, Request), handle)


def _serve(stream: Stream, handle: Callable[[Request], Reply]) -> None:
    while True:
        request = stream.receive()
        try:
            reply = handle(request)
        except Problem as problem:
            reply = Failure(message=str(problem))
        except Exception as error:  # noqa: BLE001 - told to the other end, which tells a person
            _LOG.exception("%s failed", type(request).__name__)
            reply = Failure(message=f"it failed: {type(error).__name__}: {error}")
        stream.send(reply)


class Channel:
    """Locust's end: asks and waits for the answer. `lock` keeps questions of several greenlets apart."""

    def __init__(self, path: str, lock: Any) -> None:  # noqa: ANN401 - gevent's is untyped
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.connect(path)
        self._stream = Stream(connection, Reply)
        self._lock = lock

    def ask(self, request: Request) -> Reply:
        """Return the answer; raise `Problem` when it is a failure, or when nobody is there any more."""
        try:
            with self._lock:
                self._stream.send(request)
                reply: Reply = self._stream.receive()
        except (EOFError, OSError) as error:
            raise Problem(f"the process that serves the lanes is gone ({error or 'it hung up'}); start again") from None
        if isinstance(reply, Failure):
            raise Problem(reply.message)
        return reply
