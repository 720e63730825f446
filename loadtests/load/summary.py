"""The notes of a slice turned into its figures, when it is over."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from loadtests.load.histogram import encode
from loadtests.load.tally import Tally
from loadtests.messages import Slice


@dataclass(frozen=True, slots=True)
class Window:
    """When a window opened and closed, and its integral of requests in flight (requests × ns)."""

    start_ns: int
    end_ns: int
    in_flight_ns: int


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
class _Ended:
    """Requests that ended, all right or all wrong: when, and how long each had taken."""

    ends_ns: "np.typing.NDArray[np.int64]"
    times_ns: "np.typing.NDArray[np.int64]"

    def ended_in(self, window: Window) -> "np.typing.NDArray[np.bool_]":
        """Select those that ended in the window."""
        return (window.start_ns <= self.ends_ns) & (self.ends_ns < window.end_ns)

    def begun_in(self, window: Window) -> "np.typing.NDArray[np.bool_]":
        """Select those that began in the window; those of an open load were due in it."""
        begun_ns = self.ends_ns - self.times_ns
        return (window.start_ns <= begun_ns) & (begun_ns < window.end_ns)

    def in_flight_at(self, moment_ns: int) -> "np.typing.NDArray[np.int64]":
        """Return the response times of those that had begun and not ended."""
        return self.times_ns[(self.ends_ns >= moment_ns) & (self.ends_ns - self.times_ns < moment_ns)]


@dataclass(frozen=True, slots=True)
class Traffic:
    """What connections did: connections opened, requests sent again, bytes received."""

    opened: int
    retried: int
    received: int


def summary(tally: Tally, times: Times, traffic: Traffic, starts: Starts | None, *, cpu_ns: int) -> Slice:
    """Turn the notes of a slice into its figures; `starts` is None for a closed load."""
    good, bad, kinds = _noted(tally)
    window = times.window
    start_ns, end_ns = window.start_ns, window.end_ns
    right, wrong = good.ended_in(window), bad.ended_in(window)
    # Who waits as the window of an open load closes was due in it: to leave them out would hide what a freeze costs.
    timed_ns, bad_timed_ns = (
        (good.times_ns[right], bad.times_ns[wrong])
        if starts is None
        else (good.times_ns[good.begun_in(window)], bad.times_ns[bad.begun_in(window)])
    )
    late_ns = good.in_flight_at(end_ns)
    drained_ns = np.concatenate([late_ns, bad.in_flight_at(end_ns)])
    all_ends_ns = np.concatenate([good.ends_ns[right], bad.ends_ns[wrong]])
    all_times_ns = np.concatenate([good.times_ns[right], bad.times_ns[wrong]])
    thirds = np.histogram(all_ends_ns, bins=np.linspace(start_ns, max(end_ns, start_ns + 3), 4))[0].tolist()
    window_ns = end_ns - start_ns
    requests = len(good.ends_ns) + len(bad.ends_ns)
    return Slice(
        started_ns=times.started_ns,
        window_start_ns=start_ns,
        window_end_ns=end_ns,
        ended_ns=times.ended_ns,
        window_requests=len(all_ends_ns),
        window_errors=dict(Counter(kinds[wrong].tolist())),
        window_thirds=(thirds[0], thirds[1], thirds[2]),
        requests=requests,
        errors=dict(Counter(kinds.tolist())),
        concurrency=times.window.in_flight_ns / window_ns if window_ns else 0.0,
        rt_mean_us=_mean_us(timed_ns),
        rt_max_us=_max_us(np.concatenate([timed_ns, late_ns])),
        rt_mean_all_us=_mean_us(all_times_ns),
        latencies=encode(timed_ns),
        failed_latencies=encode(bad_timed_ns),
        cpu_ns=cpu_ns,
        send_lag_mean_us=tally.lag_total_ns / requests / 1000 if requests else None,
        send_lag_max_us=tally.lag_max_ns / 1000 if requests else None,
        connections_opened=traffic.opened,
        bytes_received=traffic.received,
        retried=traffic.retried,
        drained=len(drained_ns),
        drained_max_us=_max_us(drained_ns),
        outlasting=int(np.count_nonzero(drained_ns > window_ns)),
        first_error=tally.first_error,
        interrupted=times.interrupted,
        due=starts.due if starts else None,
        late=starts.late if starts else 0,
        dropped=starts.dropped if starts else 0,
    )


def _noted(tally: Tally) -> "tuple[_Ended, _Ended, np.typing.NDArray[np.object_]]":
    """Return the right answers, the failures, and the kind of each failure."""
    good = _Ended(np.array(tally.ends_ns, dtype=np.int64), np.array(tally.times_ns, dtype=np.int64))
    bad = _Ended(
        np.array([end for end, _, _ in tally.failures], dtype=np.int64),
        np.array([taken for _, taken, _ in tally.failures], dtype=np.int64),
    )
    return good, bad, np.array([kind for _, _, kind in tally.failures], dtype=object)


def _mean_us(times_ns: "np.typing.NDArray[np.int64]") -> float | None:
    return float(times_ns.mean()) / 1000 if len(times_ns) else None


def _max_us(times_ns: "np.typing.NDArray[np.int64]") -> float | None:
    return float(times_ns.max()) / 1000 if len(times_ns) else None
