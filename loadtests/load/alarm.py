"""A timer that rings within microseconds of its time: what starts the requests of an open load.

libev waits in whole milliseconds, as epoll does: too coarse for hundreds of starts a second. On Linux the kernel's own
timer is a file that becomes readable at an exact time, and the loop watches it like a socket. Elsewhere libev's timer
is used; late starts, which are counted, tell what that costs.
"""

import ctypes
import os
import sys
import time
from collections.abc import Callable
from typing import Any, Protocol

from gevent import get_hub

_MONOTONIC = 1
_ABSOLUTE = 1
_S_NS = 1_000_000_000
_READ = 1


class Alarm(Protocol):
    """Rings once for each `set`, in the hub."""

    def set(self, at_ns: int) -> None:
        """Ring at that `time.monotonic_ns()`, at once if it is over."""

    def close(self) -> None:
        """Never ring again."""


def alarm(ring: Callable[[], None]) -> Alarm:
    """Return this system's most exact alarm."""
    return KernelAlarm(ring) if sys.platform == "linux" else LoopAlarm(ring)


class KernelAlarm:
    """A timerfd."""

    def __init__(self, ring: Callable[[], None]) -> None:
        libc = ctypes.PyDLL(None, use_errno=True)
        self._settime = libc.timerfd_settime
        self._file: int = libc.timerfd_create(_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
        if self._file < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        # Interval (none), then the time: each in seconds and nanoseconds.
        self._when = (ctypes.c_long * 4)()
        self._watcher: Any = get_hub().loop.io(self._file, _READ)
        self._watcher.start(self._rung)
        self._ring = ring
        self._is_set = False

    def set(self, at_ns: int) -> None:
        """Ring at that time; setting it makes the file unreadable until then."""
        self._when[2], self._when[3] = divmod(max(at_ns, 1), _S_NS)
        self._settime(self._file, _ABSOLUTE, self._when, None)
        self._is_set = True

    def close(self) -> None:
        """Close the file."""
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher.close()
            self._watcher = None
            os.close(self._file)

    def _rung(self) -> None:
        self._is_set = False
        self._ring()
        if not self._is_set and self._watcher is not None:
            # A file that is still readable would ring again.
            os.read(self._file, 8)


class LoopAlarm:
    """libev's timer."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._timer: Any = None
        self._ring = ring

    def set(self, at_ns: int) -> None:
        """Ring at that time or up to a millisecond later."""
        self.close()
        self._timer = get_hub().loop.timer(max(0.0, (at_ns - time.monotonic_ns()) / _S_NS))
        self._timer.start(self._ring, update=True)

    def close(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.stop()
            self._timer.close()
            self._timer = None
