"""The exchange in progress: when it began, when its first hook ran, and what its journal holds.

It is the measuring instrument, not part of what is compared: the outermost wrapper opens one per request and keeps it
in a context variable, which every framework here carries to the threads and tasks that work on the request.
"""

from contextvars import ContextVar
from time import perf_counter_ns

LONGEST_JOURNAL = 512


class Exchange:
    """One request and its answer; `entries` is None unless the request is traced."""

    __slots__ = ("began_ns", "entries", "hooks_ns")

    def __init__(self, *, traced: bool) -> None:
        self.began_ns = self.hooks_ns = perf_counter_ns()
        self.entries: list[str] | None = [] if traced else None

    def timing(self) -> str:
        """Return the value of `Server-Timing` so far, in milliseconds."""
        app_ns = perf_counter_ns() - self.began_ns
        return f"app;dur={app_ns / 1e6:.3f}, queue;dur={(self.hooks_ns - self.began_ns) / 1e6:.3f}"


_IDLE = Exchange(traced=False)
current: ContextVar[Exchange] = ContextVar("exchange", default=_IDLE)


def arrived() -> bool:
    """Note that the request has left the queue: its first hook, or its plain function, starts to run.

    Tells whether the request is traced.
    """
    exchange = current.get()
    exchange.hooks_ns = perf_counter_ns()
    return exchange.entries is not None


def record(entry: str) -> None:
    """Write a hook or a signal into the journal of the request, if it is traced."""
    entries = current.get().entries
    if entries is not None and len(entries) < LONGEST_JOURNAL:
        entries.append(entry)
