"""The alarms that start the requests of an open load: never early, at once when it is too late, silent when closed."""

import os
import sys
import time
from collections.abc import Callable

import gevent
import psutil
import pytest

from loadtests.load.alarm import Alarm, KernelAlarm, LoopAlarm

pytestmark = pytest.mark.alone

ALARMS = [LoopAlarm, *([KernelAlarm] if sys.platform == "linux" else [])]
each_alarm = pytest.mark.parametrize("kind", ALARMS)
Kind = Callable[[Callable[[], None]], Alarm]
MS = 1_000_000


def rings_after(wait_s: float, kind: Kind, *offsets_ns: int) -> list[int]:
    """Set an alarm so long from now, again whenever it rings, and return how late each ring was."""
    rang: list[int] = []
    left = list(offsets_ns)

    def ring() -> None:
        rang.append(time.monotonic_ns() - wanted_ns[len(rang)])
        if left:
            set_next()

    def set_next() -> None:
        wanted_ns.append(time.monotonic_ns() + left.pop(0))
        alarm.set(wanted_ns[-1])

    wanted_ns: list[int] = []
    alarm = kind(ring)
    set_next()
    gevent.sleep(wait_s)
    alarm.close()
    return rang


@each_alarm
def test_it_rings_once_for_each_time_it_was_set_and_never_early(kind: Kind) -> None:
    late_ns = rings_after(0.3, kind, 5 * MS, 20 * MS, 1, 300_000)
    assert len(late_ns) == 4
    # libev knows the time of its last look at the clock, to which a delay is added.
    assert min(late_ns) >= (0 if kind is not LoopAlarm else -MS)


@each_alarm
def test_a_time_that_is_over_rings_at_once_even_zero(kind: Kind) -> None:
    assert len(rings_after(0.1, kind, -MS, -time.monotonic_ns())) == 2


@each_alarm
def test_the_last_time_that_was_set_holds(kind: Kind) -> None:
    rang: list[int] = []
    alarm = kind(lambda: rang.append(time.monotonic_ns()))
    later_ns = time.monotonic_ns() + 60 * MS
    alarm.set(later_ns - 50 * MS)
    alarm.set(later_ns)
    gevent.sleep(0.2)
    alarm.close()
    assert len(rang) == 1
    assert rang[0] >= later_ns - MS


@each_alarm
def test_a_closed_alarm_never_rings_and_leaves_no_file(kind: Kind) -> None:
    gevent.sleep(0)
    files = psutil.Process(os.getpid()).num_fds()
    rang: list[int] = []
    alarm = kind(lambda: rang.append(1))
    alarm.set(time.monotonic_ns() + 10 * MS)
    alarm.close()
    alarm.close()
    gevent.sleep(0.05)
    assert rang == []
    assert psutil.Process(os.getpid()).num_fds() == files
