"""Duets of a lane and itself, of known windows."""

import msgspec

from loadtests.duet.conclude import DuetConclusion, conclude
from loadtests.duet.describe import DuetRun
from loadtests.duet.sides import Side
from loadtests.duet.wish import Duet
from loadtests.measurement.about import Source
from loadtests.measurement.conclude import Ledger
from tests.loadtests.measured import HELLO, record, subject
from tests.loadtests.reports import SOUND, run


def asked(checkout: str | None) -> DuetRun:
    """What such a duet is; side b is served from another checkout where one is given."""
    a, b = Side(lane=SOUND), Side(lane=SOUND, checkout=checkout)
    duet = Duet(a=a, b=b, scenario=HELLO.scenario, users=HELLO.users, seconds=30.0, seed=1, forced=False)
    other = None if checkout is None else Source(commit="abc" * 8, dirty=False)
    return DuetRun(**msgspec.structs.asdict(run()), duet=duet, source_b=other)


def concluded(a: str, b: str) -> DuetConclusion:
    """What one window of sides of these names comes to: a answers in 10 ms, b in 20."""
    sides = (subject(SOUND, name=a), subject(SOUND, name=b))
    ledger = Ledger(sides)
    for side, micros in zip(sides, (10_000, 20_000), strict=True):
        ledger.add(msgspec.structs.replace(record(1, [micros] * 1_000, lane=SOUND), name=side.name))
    return conclude(ledger, sides, None, fair=True, forced=[], partial=False, warnings=[])
