"""Warm a pair up, and choose from the first one's warm-up how many users fill the core and how long a window lasts."""

import msgspec

from loadtests.duet.stage import Pair
from loadtests.duet.window import Both, measure_both
from loadtests.measurement import histogram
from loadtests.measurement.interrupts import Interrupts
from loadtests.measurement.per_round import qps
from loadtests.measurement.plan import Timing, rt_from_warm_up, timing
from loadtests.measurement.record import Record
from loadtests.measurement.slice import Asked
from loadtests.measurement.steal import taken_share

WARM_UP = Timing(settle_s=0.1, window_s=0.4, drain_s=0.0, timeout_s=10.0)
# As many users as fill the core: more of them only wait longer.
USERS = (16, 32, 64, 128)
WINDOW_S = 0.5
# Of what the hypervisor and other programs left; the rest goes to a window's first and last moments.
_FULL = 0.85


def warm_up(pair: Pair, asked: tuple[Asked, Asked], users: int) -> Both:
    """Load both sides for a moment; what it shows counts for nothing."""
    sides = pair.sides
    group = msgspec.structs.replace(sides[0].group, users=users)
    first, second = (msgspec.structs.replace(subject, group=group) for subject in sides)
    return measure_both(msgspec.structs.replace(pair, sides=(first, second)), asked, WARM_UP, number=0)


def settled(pair: Pair, asked: tuple[Asked, Asked], users: int | None, stop: Interrupts) -> tuple[int, Timing]:
    """Return how many users each side gets, and the timing of a window that suits both sides."""
    seen, chosen = warm_up(pair, asked, users or USERS[0]), users or USERS[0]
    for more in USERS[1:] if users is None else ():
        if full(seen) or stop.asked:
            break
        seen, chosen = warm_up(pair, asked, more), more
    # The first look also saw imports, empty caches and the first connections to the database.
    return chosen, max((_timing(record) for record in warm_up(pair, asked, chosen)), key=lambda each: each.cost_s)


def full(both: Both) -> bool:
    """Tell whether both sides together used up their core."""
    uses = [record.use for record in both if record.use is not None]
    if len(uses) < len(both):
        return False
    taken = max(taken_share(use) or 0.0 for use in uses)
    return sum(use.cpu_ns or 0 for use in uses) >= _FULL * (1 - taken) * max(use.wall_ns for use in uses)


def _timing(record: Record) -> Timing:
    client = record.client
    if client is None:
        return timing(0.0, WINDOW_S)
    mean_s = None if client.rt_mean_us is None else client.rt_mean_us / 1e6
    return timing(
        rt_from_warm_up(mean_s=mean_s, users=record.users, per_second=qps(client)),
        WINDOW_S,
        fastest_s=histogram.least_us(histogram.merged([client.latencies])) / 1e6,
        slowest_s=(client.rt_max_us or 0.0) / 1e6,
    )
