"""How long a request may take: one timer looks at all connections, where a timer for each would be felt."""

import time
from collections.abc import Collection
from typing import Any, Self

from gevent import get_hub

from loadtests.load.connection import Connection
from loadtests.load.failures import Failed

_clock_ns = time.monotonic_ns


class Deadlines:
    """Ends requests of `connections` that take longer than `timeout_s`, to within a tenth of it (0.1 s at most)."""

    def __init__(self, connections: Collection[Connection], timeout_s: float) -> None:
        self._connections = connections
        self._timeout_s = timeout_s
        self._timer: Any = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.stop()
        self._timer.close()

    def start(self) -> None:
        """Begin to look, unless that has been done."""
        if self._timer is None:
            period_s = min(0.1, self._timeout_s / 10)
            self._timer = get_hub().loop.timer(period_s, period_s)
            self._timer.start(self._sweep)

    def _sweep(self) -> None:
        latest_ns = _clock_ns() - int(self._timeout_s * 1e9)
        for connection in tuple(self._connections):
            if connection.since_ns and connection.since_ns < latest_ns:
                connection.interrupt(Failed("timeout", f"no complete response within {self._timeout_s:g} s"))
