"""What is noted while a slice runs: as little as possible, turned into figures when it is over."""

import time
from array import array
from typing import Protocol

from loadtests.load.failures import Failed

_clock_ns = time.monotonic_ns
LATE_NS = 1_000_000


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


class Tally:
    """Notes of all users of one slice; `woke_ns` is when the event loop last learned what had arrived.

    The time-integral of requests in flight is kept by a clock of its own, which knows no response time: up to the time
    t it is `in flight × t` less the times at which requests came plus the times at which others went.
    """

    __slots__ = (
        "_add_end", "_add_time", "_in_flight", "_moment_ns", "ends_ns", "failures", "first_error", "going",
        "lag_max_ns", "lag_total_ns", "times_ns", "woke_ns",
    )  # fmt: skip

    def __init__(self) -> None:
        self.going = True
        self._in_flight = self._moment_ns = 0
        self.woke_ns = _clock_ns()
        self.ends_ns = array("q")
        self.times_ns = array("q")
        self._add_end = self.ends_ns.append
        self._add_time = self.times_ns.append
        self.failures: list[tuple[int, int, str]] = []
        self.first_error: str | None = None
        self.lag_total_ns = self.lag_max_ns = 0

    def in_flight(self) -> tuple[int, int]:
        """Return the time and the integral of requests in flight up to it, both in nanoseconds."""
        now_ns = _clock_ns()
        return now_ns, self._in_flight * now_ns + self._moment_ns

    @property
    def in_flight_now(self) -> int:
        """Return how many requests have no answer yet."""
        return self._in_flight

    def forget(self) -> None:
        """Forget what ended; what is in flight stays so."""
        del self.ends_ns[:], self.times_ns[:], self.failures[:]
        self.first_error = None
        self.lag_total_ns = self.lag_max_ns = 0

    def woke(self) -> None:
        """Note that the event loop is about to hand out what has arrived."""
        self.woke_ns = _clock_ns()

    def sent(self, start_ns: int) -> None:
        """Note a request, and how long after the loop woke up it was sent."""
        self._in_flight += 1
        self._moment_ns -= _clock_ns()
        lag_ns = start_ns - self.woke_ns
        self.lag_total_ns += lag_ns
        if lag_ns > self.lag_max_ns:  # noqa: PLR1730 - a call of max() for each request would be felt
            self.lag_max_ns = lag_ns

    def right(self, start_ns: int, end_ns: int) -> None:
        """Note a right response."""
        self._in_flight -= 1
        self._moment_ns += _clock_ns()
        self._add_end(end_ns)
        self._add_time(end_ns - start_ns)

    def failed(self, start_ns: int, end_ns: int, failure: Failed) -> None:
        """Note a failure; the text of the first one is kept."""
        self.aborted()
        self.failures.append((end_ns, end_ns - start_ns, failure.kind))
        self.first_error = self.first_error or str(failure)

    def aborted(self) -> None:
        """Note that a request is not in flight any more."""
        self._in_flight -= 1
        self._moment_ns += _clock_ns()


class OpenTally(Tally):
    """Notes of an open load: a request counts as in flight, and is timed, from the moment at which it was due.

    `late_ns` are the moments of the starts that came more than a millisecond late, `dropped_ns` of those never made;
    `due` counts those that were due, as far as whoever hands them out counts them. The lag is how late a start was.
    """

    __slots__ = ("dropped_ns", "due", "late_ns")

    def __init__(self) -> None:
        super().__init__()
        self.late_ns = array("q")
        self.dropped_ns = array("q")
        self.due = 0

    def forget(self) -> None:
        """Forget what ended, and what became of the starts."""
        super().forget()
        del self.late_ns[:], self.dropped_ns[:]
        self.due = 0

    def sent(self, start_ns: int) -> None:
        """Note a request that was due at `start_ns` and is about to be sent."""
        self._in_flight += 1
        self._moment_ns -= start_ns
        lag_ns = _clock_ns() - start_ns
        self.lag_total_ns += lag_ns
        if lag_ns > self.lag_max_ns:  # noqa: PLR1730 - a call of max() for each request would be felt
            self.lag_max_ns = lag_ns
        if lag_ns > LATE_NS:
            self.late_ns.append(start_ns)
