"""From intervals to words: which lane is faster, which are equal, and which were not told apart."""

import itertools
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


PER_ROUND = (Metric(name="qps", more_is_better=True), Metric(name="cpu_us_per_request", more_is_better=False))
PER_BLOCK = Metric(name="p99_ms", more_is_better=False)


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


def leave_open(group: Group, metric: Metric, values: Mapping[str, float | None], lanes: Sequence[str]) -> list[Verdict]:
    """Return the pairs in which one of `lanes` has too few requests: their ratio over all rounds together, no more."""
    return [
        Verdict(
            a=a,
            b=b,
            scenario=group.scenario,
            users=group.users,
            metric=metric.name,
            ratio=_ratio(values[a], values[b]),
            low=None,
            high=None,
            verdict="undecided",
            rounds=1,
        )
        for a, b in itertools.combinations(values, 2)
        if a in lanes or b in lanes
    ]


def _ratio(a: float | None, b: float | None) -> float | None:
    return a / b if a is not None and b else None


def surely_better(verdicts: Sequence[Verdict], metric: str) -> dict[str, set[str]]:
    """Return, for each lane that is surely better than another by `metric`, those that it is better than."""
    found: dict[str, set[str]] = {}
    for verdict in verdicts:
        if verdict.metric == metric and verdict.verdict in {"faster", "slower"}:
            better, worse = (verdict.a, verdict.b) if verdict.verdict == "faster" else (verdict.b, verdict.a)
            found.setdefault(better, set()).add(worse)
    return found


def ranks(lanes: Sequence[str], verdicts: Sequence[Verdict]) -> dict[str, int]:
    """Rank lanes: one more than the number of lanes that are surely faster.

    Equal ranks do not mean that two lanes are alike, nor unequal ones that they were told apart.
    """
    ahead = surely_better(verdicts, RANKED_BY).values()
    return {lane: 1 + sum(lane in behind for behind in ahead) for lane in lanes}
