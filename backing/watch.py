"""The receivers of the journal: connected while a request is traced, since they cost all requests time."""

from collections.abc import Callable, Iterable, Iterator
from threading import Lock


class Watch:
    """`connect` is called before the first of the traced exchanges in progress, `disconnect` after the last."""

    def __init__(self, connect: Callable[[], None], disconnect: Callable[[], None]) -> None:
        self.connect = connect
        self.disconnect = disconnect
        self._traced = 0
        self._lock = Lock()

    def begin(self) -> None:
        """Note that a traced exchange begins."""
        with self._lock:
            if not self._traced:
                self.connect()
            self._traced += 1

    def end(self) -> None:
        """Note that a traced exchange has ended."""
        with self._lock:
            self._traced -= 1
            if not self._traced:
                self.disconnect()


class WatchedBody:
    """The body of a traced WSGI answer, whose exchange ends when the server closes it."""

    def __init__(self, body: Iterable[bytes], watch: Watch) -> None:
        self.body = body
        self.watch = watch

    def __iter__(self) -> Iterator[bytes]:
        """Give what the app gives."""
        return iter(self.body)

    def close(self) -> None:
        """Close what the app gave, then end the exchange."""
        try:
            if close := getattr(self.body, "close", None):
                close()
        finally:
            self.watch.end()
