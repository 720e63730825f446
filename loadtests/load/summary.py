"""The notes of a slice turned into its figures, when it is over."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from loadtests.load.histogram import encode
from loadtests.load.tally import Tally
from loadtests.messages import Slice

_Choice: TypeAlias = "np.typing.NDArray[np.bool_]"


@dataclass(frozen=True, slots=True)
class Window:
    """When a window opened and closed, and its integral of requests in flight (requests × ns)."""

    start_ns: int
    end_ns: int
    in_flight_ns: int

    @property
    def length_ns(self) -> int:
        """Return how long it was open."""
        return self.end_ns - self.start_ns

    @property
    def concurrency(self) -> float:
        """Return the time-average of requests in flight."""
        return self.in_flight_ns / self.length_ns if self.length_ns else 0.0


@dataclass(frozen=True, slots=True)
class Times:
    """The window of a slice, the slice around it, and whether it was cut short."""

    window: Window
    started_ns: int
    ended_ns: int
    interrupted: bool


@dataclass(frozen=True, slots=True)
class Starts:
    """What became of the starts of an open load that were due in its window."""

    due: int
    late: int
    dropped: int


@dataclass(frozen=True, slots=True)
class Traffic:
    """What connections did: connections opened, requests sent again, bytes received."""

    opened: int
    retried: int
    received: int


@dataclass(frozen=True, slots=True)
class _Ended:
    """Requests that ended, all right or all wrong: when, and how long each had taken."""

    ends_ns: "np.typing.NDArray[np.int64]"
    times_ns: "np.typing.NDArray[np.int64]"

    @property
    def begins_ns(self) -> "np.typing.NDArray[np.int64]":
        """Return when each began; for those of an open load, when it was due."""
        return self.ends_ns - self.times_ns

    def only(self, chosen: _Choice) -> "_Ended":
        """Return those that are chosen."""
        return _Ended(self.ends_ns[chosen], self.times_ns[chosen])


@dataclass(frozen=True, slots=True)
class _Notes:
    """The right answers, the failures, and the kind of each failure."""

    good: _Ended
    bad: _Ended
    kinds: "np.typing.NDArray[np.object_]"

    @property
    def ends_ns(self) -> "np.typing.NDArray[np.int64]":
        """Return when each ended, right or wrong."""
        return np.concatenate([self.good.ends_ns, self.bad.ends_ns])

    @property
    def times_ns(self) -> "np.typing.NDArray[np.int64]":
        """Return how long each took, right or wrong."""
        return np.concatenate([self.good.times_ns, self.bad.times_ns])

    @property
    def count(self) -> int:
        """Return how many there are, right or wrong."""
        return len(self.good.ends_ns) + len(self.bad.ends_ns)

    def errors(self) -> dict[str, int]:
        """Count the failures by kind."""
        return dict(Counter(self.kinds.tolist()))

    def ended_in(self, window: Window) -> "_Notes":
        """Return those that ended in the window."""
        return self._only(lambda each: (window.start_ns <= each.ends_ns) & (each.ends_ns < window.end_ns))

    def begun_in(self, window: Window) -> "_Notes":
        """Return those that began in the window; those of an open load were due in it."""
        return self._only(lambda each: (window.start_ns <= each.begins_ns) & (each.begins_ns < window.end_ns))

    def in_flight_at(self, moment_ns: int) -> "_Notes":
        """Return those that had begun and not ended."""
        return self._only(lambda each: (each.ends_ns >= moment_ns) & (each.begins_ns < moment_ns))

    def _only(self, choose: Callable[[_Ended], _Choice]) -> "_Notes":
        wrong = choose(self.bad)
        return _Notes(self.good.only(choose(self.good)), self.bad.only(wrong), self.kinds[wrong])


def summary(tally: Tally, times: Times, traffic: Traffic, starts: Starts | None, *, cpu_ns: int) -> Slice:
    """Turn the notes of a slice into its figures; `starts` is None for a closed load."""
    notes, window = _noted(tally), times.window
    inside, drained = notes.ended_in(window), notes.in_flight_at(window.end_ns)
    # Who waits as the window of an open load closes was due in it: to leave them out would hide what a freeze costs.
    timed = inside if starts is None else notes.begun_in(window)
    return Slice(
        started_ns=times.started_ns,
        window_start_ns=window.start_ns,
        window_end_ns=window.end_ns,
        ended_ns=times.ended_ns,
        window_requests=inside.count,
        window_errors=inside.errors(),
        window_thirds=_thirds(inside, window),
        requests=notes.count,
        errors=notes.errors(),
        concurrency=window.concurrency,
        rt_mean_us=_mean_us(timed.good.times_ns),
        rt_max_us=_max_us(np.concatenate([timed.good.times_ns, drained.good.times_ns])),
        rt_mean_all_us=_mean_us(inside.times_ns),
        latencies=encode(timed.good.times_ns),
        failed_latencies=encode(timed.bad.times_ns),
        cpu_ns=cpu_ns,
        send_lag_mean_us=tally.lag_total_ns / notes.count / 1000 if notes.count else None,
        send_lag_max_us=tally.lag_max_ns / 1000 if notes.count else None,
        connections_opened=traffic.opened,
        bytes_received=traffic.received,
        retried=traffic.retried,
        drained=drained.count,
        drained_max_us=_max_us(drained.times_ns),
        outlasting=int(np.count_nonzero(drained.times_ns > window.length_ns)),
        first_error=tally.first_error,
        interrupted=times.interrupted,
        due=starts.due if starts else None,
        late=starts.late if starts else 0,
        dropped=starts.dropped if starts else 0,
    )


def _noted(tally: Tally) -> _Notes:
    """Return a slice's notes as arrays."""
    good = _Ended(np.array(tally.ends_ns, dtype=np.int64), np.array(tally.times_ns, dtype=np.int64))
    bad = _Ended(
        np.array([end for end, _, _ in tally.failures], dtype=np.int64),
        np.array([taken for _, taken, _ in tally.failures], dtype=np.int64),
    )
    return _Notes(good, bad, np.array([kind for _, _, kind in tally.failures], dtype=object))


def _thirds(inside: _Notes, window: Window) -> tuple[int, int, int]:
    """Return how many ended in each third of the window."""
    edges = np.linspace(window.start_ns, max(window.end_ns, window.start_ns + 3), 4)
    first, second, third = np.histogram(inside.ends_ns, bins=edges)[0].tolist()
    return first, second, third


def _mean_us(times_ns: "np.typing.NDArray[np.int64]") -> float | None:
    return float(times_ns.mean()) / 1000 if len(times_ns) else None


def _max_us(times_ns: "np.typing.NDArray[np.int64]") -> float | None:
    return float(times_ns.max()) / 1000 if len(times_ns) else None
