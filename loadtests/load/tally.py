"""What is noted while a slice runs: as little as possible, turned into figures when it is over."""

import time
from array import array

from loadtests.load.failures import Failed

_clock_ns = time.monotonic_ns


class Tally:
    """Notes of all users of one slice; `woke_ns` is when the event loop last learned what had arrived.

    Requests in flight are integrated over time by a clock of its own, which knows no response time: the same few lines
    stand in `sent` and `right`, because a call more would be felt.
    """

    __slots__ = (
        "_add_end", "_add_time", "_area_ns", "_changed_ns", "_in_flight", "ends_ns", "failures", "first_error", "going",
        "lag_max_ns", "lag_total_ns", "sent_count", "times_ns", "woke_ns",
    )  # fmt: skip

    def __init__(self) -> None:
        self.going = True
        self._in_flight = self._area_ns = 0
        self._changed_ns = time.monotonic_ns()
        self.ends_ns = array("q")
        self.times_ns = array("q")
        self._add_end = self.ends_ns.append
        self._add_time = self.times_ns.append
        self.failures: list[tuple[int, int, str]] = []
        self.first_error: str | None = None
        self.woke_ns = time.monotonic_ns()
        self.sent_count = self.lag_total_ns = self.lag_max_ns = 0

    def woke(self) -> None:
        """Note that the event loop is about to hand out what has arrived."""
        self.woke_ns = time.monotonic_ns()

    def in_flight(self) -> tuple[int, int]:
        """Return the time and the integral of requests in flight up to it, both in nanoseconds."""
        self._change(0)
        return self._changed_ns, self._area_ns

    def sent(self, start_ns: int) -> None:
        """Note a request, and how long after the loop woke up it was sent."""
        now_ns = _clock_ns()
        self._area_ns += self._in_flight * (now_ns - self._changed_ns)
        self._changed_ns = now_ns
        self._in_flight += 1
        lag_ns = start_ns - self.woke_ns
        self.sent_count += 1
        self.lag_total_ns += lag_ns
        if lag_ns > self.lag_max_ns:  # noqa: PLR1730 - a call of max() for each request would be felt
            self.lag_max_ns = lag_ns

    def right(self, start_ns: int, end_ns: int) -> None:
        """Note a right response."""
        now_ns = _clock_ns()
        self._area_ns += self._in_flight * (now_ns - self._changed_ns)
        self._changed_ns = now_ns
        self._in_flight -= 1
        self._add_end(end_ns)
        self._add_time(end_ns - start_ns)

    def failed(self, start_ns: int, end_ns: int, failure: Failed) -> None:
        """Note a failure; the text of the first one is kept."""
        self._change(-1)
        self.failures.append((end_ns, end_ns - start_ns, failure.kind))
        self.first_error = self.first_error or str(failure)

    def aborted(self) -> None:
        """Note that a request is not in flight any more."""
        self._change(-1)

    def _change(self, by: int) -> None:
        now_ns = _clock_ns()
        self._area_ns += self._in_flight * (now_ns - self._changed_ns)
        self._changed_ns = now_ns
        self._in_flight += by
