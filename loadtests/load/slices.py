"""One slice from first request to last: of one load, or of several that press at the same moment."""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import gevent
from gevent import get_hub
from gevent.event import Event

from loadtests.load.closed import Crowd
from loadtests.load.deadlines import Deadlines
from loadtests.load.opened import OpenCrowd
from loadtests.load.summary import Times, Traffic, Window, summary
from loadtests.load.tally import Tally
from loadtests.messages import Slice

_LOOK_S = 0.02


def _nothing() -> None:
    """Tell nobody."""


class Running:
    """A slice that is running: all crowds begin together and go on until the last one's window is over."""

    def __init__(
        self,
        crowds: Sequence[Crowd | OpenCrowd],
        *,
        begun: Callable[[], None] = _nothing,
        over: Callable[[], None] = _nothing,
    ) -> None:
        """`begun` is called as soon as the load has begun, `over` when nothing is in flight any more."""
        self._crowds = crowds
        self._begun = begun
        self._over = over
        self._stopped = Event()
        self._watching = len(crowds)

    def stop(self) -> None:
        """End the slice at once; `run` returns what there is."""
        self._stopped.set()

    def run(self) -> tuple[Slice, ...]:
        """Run the slice and return each load's; what is in flight at its end is drained."""
        before = [_traffic(crowd) for crowd in self._crowds]
        with ExitStack() as stack:
            stack.enter_context(_undisturbed([crowd.tally for crowd in self._crowds]))
            for crowd in self._crowds:
                stack.enter_context(Deadlines(crowd.connections, crowd.load.timeout_s))
            cpu_ns = time.process_time_ns()
            times = self._phases()
            cpu_ns = time.process_time_ns() - cpu_ns
        rows = zip(self._crowds, times, before, strict=True)
        return tuple(_slice(crowd, when, then, cpu_ns) for crowd, when, then in rows)

    def _phases(self) -> list[Times]:
        started_ns = time.monotonic_ns()
        for crowd in self._crowds:
            crowd.begin(started_ns, self._stopped)
        self._begun()
        watching = [gevent.spawn(self._window, crowd) for crowd in self._crowds]
        windows = [each.get() for each in watching]
        interrupted = self._drain()
        ended_ns = time.monotonic_ns()
        self._over()
        return [Times(window, started_ns, ended_ns, interrupted) for window in windows]

    def _window(self, crowd: Crowd | OpenCrowd) -> Window:
        """Return this crowd's window when it is over; the last one to end ends the load."""
        self._stopped.wait(crowd.load.settle_s)
        start_ns, area_ns = crowd.tally.in_flight()
        self._stopped.wait(crowd.load.window_s)
        end_ns, end_area_ns = crowd.tally.in_flight()
        self._stopped.wait(crowd.load.linger_s)
        self._watching -= 1
        if not self._watching:
            finished_ns = time.monotonic_ns() if crowd.load.linger_s else end_ns
            for each in self._crowds:
                each.finish(finished_ns)
        return Window(start_ns, end_ns, end_area_ns - area_ns)

    def _drain(self) -> bool:
        """Wait until no request is in flight; return whether the slice was cut short, now or before."""
        cut_short = self._stopped.is_set()
        for crowd in self._crowds:
            while not crowd.idle.wait(_LOOK_S):
                if self._stopped.is_set():
                    get_hub().loop.run_callback(crowd.abort)
        return cut_short or self._stopped.is_set()


@contextmanager
def _undisturbed(tallies: Sequence[Tally]) -> Iterator[None]:
    """Keep the garbage collector out of the slice, and note each time the event loop wakes up."""
    watchers = [get_hub().loop.check() for _ in tallies]
    for watcher, tally in zip(watchers, tallies, strict=True):
        watcher.start(tally.woke)
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        for watcher in watchers:
            watcher.stop()
            watcher.close()


def _slice(crowd: Crowd | OpenCrowd, times: Times, before: Traffic, cpu_ns: int) -> Slice:
    """Return the figures of one crowd; raise what crashed it."""
    if crowd.crash is not None:
        raise crowd.crash
    now = _traffic(crowd)
    traffic = Traffic(now.opened - before.opened, now.retried - before.retried, now.received - before.received)
    starts = crowd.starts(times.window) if isinstance(crowd, OpenCrowd) else None
    return summary(crowd.tally, times, traffic, starts, cpu_ns=cpu_ns)


def _traffic(crowd: Crowd | OpenCrowd) -> Traffic:
    connections = crowd.connections
    return Traffic(
        sum(each.opened for each in connections),
        sum(each.retried for each in connections),
        sum(each.received for each in connections),
    )
