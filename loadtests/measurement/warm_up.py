"""What a short slice before the rounds tells of a cell: how long its slices should be."""

from collections.abc import Iterable

from loadtests.measurement import histogram
from loadtests.measurement.arithmetic import ratio
from loadtests.measurement.conclude import Ledger
from loadtests.measurement.group import Group
from loadtests.measurement.per_round import window_s
from loadtests.measurement.plan import Timing, rt_from_warm_up, timing
from loadtests.measurement.record import Record
from loadtests.measurement.subject import Subject
from loadtests.messages import Slice

WARM_UP = Timing(settle_s=0.1, window_s=0.25, drain_s=0.0, timeout_s=10.0)


def timings(
    ledger: Ledger, subjects: Iterable[Subject], seconds: float, *, apart_s: float = 0.0
) -> dict[Group, dict[str, Timing]]:
    """Return the timing of each cell that was warmed up, by name in its group; windows last `seconds` or more.

    Those who make the load may begin and end `apart_s` apart.
    """
    found: dict[Group, dict[str, Timing]] = {}
    for subject in subjects:
        records = ledger.records(subject)
        if records and records[-1].client is not None:
            own = _timing(records[-1], records[-1].client, seconds)
            found.setdefault(subject.group, {})[subject.name] = own.with_room(apart_s)
    return found


def _timing(warm_up: Record, client: Slice, seconds: float) -> Timing:
    mean_s = None if client.rt_mean_us is None else client.rt_mean_us / 1e6
    # Those that fail take their turn as well: a lane that refuses quickly needs no long slices.
    per_second = ratio(client.window_requests, window_s(client)) or 0.0
    rt_s = rt_from_warm_up(mean_s=mean_s, users=warm_up.users, per_second=per_second)
    if not client.window_requests and client.drained_max_us is not None:
        # No answer came within the window: the longest that came after it is all that is known.
        rt_s = client.drained_max_us / 1e6
    fastest_us = histogram.least_us(histogram.merged([client.latencies]))
    slowest_s = (client.rt_max_us or 0.0) / 1e6
    if warm_up.rate is not None:
        # An open load waits for nobody: its response time is what was seen, and nobody has to be spread.
        return timing(mean_s or 0.0, seconds, slowest_s=slowest_s, rate=warm_up.rate)
    return timing(rt_s, seconds, fastest_s=fastest_us / 1e6, slowest_s=slowest_s)
