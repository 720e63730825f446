"""From intervals to words: which lane is faster, which are equal, and which were not told apart."""

import math
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from loadtests.measurement import statistics
from loadtests.measurement.plan import Group
from loadtests.measurement.result import Verdict
from loadtests.measurement.statistics import Interval

MARGIN = 0.02
RANKED_BY = "qps"
Word = Literal["faster", "slower", "equal", "undecided"]


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """What is compared; `more_is_better` says which way."""

    name: str
    more_is_better: bool


METRICS = (
    Metric(name="qps", more_is_better=True),
    Metric(name="cpu_us_per_request", more_is_better=False),
    Metric(name="p99_ms", more_is_better=False),
)


def word(interval: Interval, *, more_is_better: bool) -> Word:
    """Say how `a` does against `b`: decided only where the whole interval lies on one side of the margin."""
    if interval.low is None or interval.high is None:
        return "undecided"
    margin = math.log1p(MARGIN)
    low, high = math.log(interval.low), math.log(interval.high)
    if low > margin:
        return "faster" if more_is_better else "slower"
    if high < -margin:
        return "slower" if more_is_better else "faster"
    return "equal" if -margin <= low and high <= margin else "undecided"


def judge(group: Group, metric: Metric, values: Mapping[str, Sequence[float | None]]) -> list[Verdict]:
    """Compare every two lanes of a group by one metric; the intervals of the list hold together."""
    return [
        Verdict(
            a=interval.a,
            b=interval.b,
            scenario=group.scenario,
            users=group.users,
            metric=metric.name,
            ratio=interval.ratio,
            low=interval.low,
            high=interval.high,
            verdict=word(interval, more_is_better=metric.more_is_better),
            rounds=interval.rounds,
        )
        for interval in statistics.compare(values)
    ]


def ranks(lanes: Sequence[str], verdicts: Sequence[Verdict]) -> dict[str, int]:
    """Rank lanes: one more than the number of lanes that are surely better, so that those not told apart share."""
    better = dict.fromkeys(lanes, 0)
    for verdict in verdicts:
        loser = {"faster": verdict.b, "slower": verdict.a}.get(verdict.verdict)
        if loser in better:
            better[loser] += 1
    return {lane: count + 1 for lane, count in better.items()}
