"""One slice from first request to last, and its notes turned into figures."""

import gc
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import gevent
import numpy as np
from gevent import get_hub
from gevent.event import Event

from loadtests.load.connection import Connection, Deadlines
from loadtests.load.failures import Aborted
from loadtests.load.histogram import encode
from loadtests.load.tally import Tally
from loadtests.load.wire import Wanted
from loadtests.load.work import work
from loadtests.messages import Load, Slice

Start = Callable[[int, Callable[[], None]], None]


@dataclass(frozen=True, slots=True)
class Times:
    """When a slice and its window began and ended, and the window's integral of requests in flight."""

    started_ns: int
    window_start_ns: int
    window_end_ns: int
    ended_ns: int
    in_flight_ns: int
    interrupted: bool


class Running:
    """A slice that is running; `start` gives user number `i` something to do."""

    def __init__(self, load: Load, wanted: Wanted, connections: Sequence[Connection], start: Start) -> None:
        self._load = load
        self._wanted = wanted
        self._connections = connections[: load.users]
        self._start = start
        self._stopped = Event()
        self._idle = Event()
        self._busy = 0
        self._crash: Exception | None = None
        self.tally = Tally()

    def stop(self) -> None:
        """End the slice at once; `run` returns what there is."""
        self._stopped.set()

    def run(self) -> Slice:
        """Run the slice; what is in flight at its end is drained."""
        before = [(c.opened, c.retried, c.received) for c in self._connections]
        with _undisturbed(self.tally), Deadlines(self._connections, self._load.timeout_s):
            cpu_ns = time.process_time_ns()
            times = self._phases()
            cpu_ns = time.process_time_ns() - cpu_ns
        if self._crash is not None:
            raise self._crash
        after = [(c.opened, c.retried, c.received) for c in self._connections]
        opened, retried, received = (np.array(after) - np.array(before)).sum(axis=0).tolist()
        return summary(self.tally, times, cpu_ns=cpu_ns, opened=opened, retried=retried, received=received)

    def _phases(self) -> Times:
        started_ns = time.monotonic_ns()
        self._busy = 1
        gevent.spawn(self._let_in, started_ns)
        self._stopped.wait(self._load.settle_s)
        start_ns, area_ns = self.tally.in_flight()
        self._stopped.wait(self._load.window_s)
        end_ns, end_area_ns = self.tally.in_flight()
        self.tally.going = False
        interrupted = self._drain()
        return Times(started_ns, start_ns, end_ns, time.monotonic_ns(), end_area_ns - area_ns, interrupted)

    def _drain(self) -> bool:
        """Wait until no request is in flight; return whether the slice was cut short, now or before."""
        cut_short = self._stopped.is_set()
        while not self._idle.wait(0.02):
            if self._stopped.is_set():
                get_hub().loop.run_callback(self._abort)
        return cut_short or self._stopped.is_set()

    def _abort(self) -> None:
        for connection in self._connections:
            connection.interrupt(Aborted())

    def _let_in(self, started_ns: int) -> None:
        """Start the users, spread over `spread_s`; one greenlet waits for all, since there may be thousands."""
        between_ns = self._load.spread_s * 1e9 / self._load.users
        for number, connection in enumerate(self._connections):
            wait_s = (started_ns + between_ns * number - time.monotonic_ns()) / 1e9
            if wait_s > 0:
                self._stopped.wait(wait_s)
            if not self.tally.going or self._stopped.is_set():
                break
            self._busy += 1
            self._start(number, partial(self._one_user, connection))
        self._leave()

    def _one_user(self, connection: Connection) -> None:
        try:
            work(connection, self._wanted, self.tally)
        except Exception as error:  # noqa: BLE001 - handed to `run`, which raises it
            self._crash = error
            self.tally.going = False
            self._stopped.set()
        finally:
            self._leave()

    def _leave(self) -> None:
        self._busy -= 1
        if not self._busy:
            self._idle.set()


@contextmanager
def _undisturbed(tally: Tally) -> Iterator[None]:
    """Keep the garbage collector out of the slice, and note each time the event loop wakes up."""
    watcher = get_hub().loop.check()
    watcher.start(tally.woke)
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        watcher.stop()
        watcher.close()


def summary(tally: Tally, times: Times, *, cpu_ns: int, opened: int, retried: int, received: int) -> Slice:
    """Turn the notes of a slice into its figures."""
    ends_ns = np.array(tally.ends_ns, dtype=np.int64)
    times_ns = np.array(tally.times_ns, dtype=np.int64)
    bad_ends_ns = np.array([end for end, _, _ in tally.failures], dtype=np.int64)
    bad_times_ns = np.array([taken for _, taken, _ in tally.failures], dtype=np.int64)
    kinds = np.array([kind for _, _, kind in tally.failures], dtype=object)
    start_ns, end_ns = times.window_start_ns, times.window_end_ns
    right = (start_ns <= ends_ns) & (ends_ns < end_ns)
    wrong = (start_ns <= bad_ends_ns) & (bad_ends_ns < end_ns)
    late_ns = times_ns[ends_ns >= end_ns]
    drained_ns = np.concatenate([late_ns, bad_times_ns[bad_ends_ns >= end_ns]])
    seen_ns = np.concatenate([times_ns[right], late_ns])
    all_ends_ns = np.concatenate([ends_ns[right], bad_ends_ns[wrong]])
    all_times_ns = np.concatenate([times_ns[right], bad_times_ns[wrong]])
    thirds = np.histogram(all_ends_ns, bins=np.linspace(start_ns, max(end_ns, start_ns + 3), 4))[0].tolist()
    window_ns = end_ns - start_ns
    requests = len(ends_ns) + len(bad_ends_ns)
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
        concurrency=times.in_flight_ns / window_ns if window_ns else 0.0,
        rt_mean_us=_mean_us(times_ns[right]),
        rt_max_us=_max_us(seen_ns),
        rt_mean_all_us=_mean_us(all_times_ns),
        latencies=encode(times_ns[right]),
        failed_latencies=encode(bad_times_ns[wrong]),
        cpu_ns=cpu_ns,
        send_lag_mean_us=tally.lag_total_ns / requests / 1000 if requests else None,
        send_lag_max_us=tally.lag_max_ns / 1000 if requests else None,
        connections_opened=opened,
        bytes_received=received,
        retried=retried,
        drained=len(drained_ns),
        drained_max_us=_max_us(drained_ns),
        outlasting=int(np.count_nonzero(drained_ns > window_ns)),
        first_error=tally.first_error,
        interrupted=times.interrupted,
    )


def _mean_us(times_ns: "np.typing.NDArray[np.int64]") -> float | None:
    return float(times_ns.mean()) / 1000 if len(times_ns) else None


def _max_us(times_ns: "np.typing.NDArray[np.int64]") -> float | None:
    return float(times_ns.max()) / 1000 if len(times_ns) else None
