"""From intervals to words: which lane is faster, which are equal, and which were not told apart."""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from loadtests.measurement import statistics
from loadtests.measurement.decisions import EQUAL_WITHIN, Decision, Finding, decide
from loadtests.measurement.group import Group
from loadtests.measurement.statistics import Interval, Pair
from loadtests.measurement.verdict import Verdict

MARGIN = 0.02
RANKED_BY = "qps"
# An end that was drawn in to the margin lies on it.
_ROUNDING = 1e-9
Word = Literal["faster", "slower", "equal", "undecided"]


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """What is compared; `more_is_better` says which way, `paces` are what may move it."""

    name: str
    more_is_better: bool
    paces: tuple[str, ...] = ("servers_pace_us", "others_pace_us")


_IN_THE_WINDOW = ("servers_window_pace_us", "others_window_pace_us")
PER_ROUND = (
    Metric(name="qps", more_is_better=True, paces=_IN_THE_WINDOW),
    Metric(name="cpu_us_per_request", more_is_better=False),
)
PER_BLOCK = Metric(name="p99_ms", more_is_better=False)


def margin(resolution: float | None) -> float:
    """Return the least difference that a verdict may rest on, as a share, from the half-width of the hidden control.

    A control that was luckily sharp does not lower it; one that was not measured leaves the fixed margin.
    """
    return MARGIN if resolution is None else max(MARGIN, resolution)


def word(interval: Interval, *, more_is_better: bool, margin: float = MARGIN) -> Word:
    """Say how `a` does against `b` by the interval alone: decided only where all of it is on one side of the margin.

    Lanes that may differ by more than 10 % are not called equal, whatever the margin.
    """
    if interval.low is None or interval.high is None:
        return "undecided"
    wide, narrow = math.log1p(margin) - _ROUNDING, math.log1p(min(margin, EQUAL_WITHIN)) + _ROUNDING
    low, high = math.log(interval.low), math.log(interval.high)
    if low >= wide:
        return _WORDS["above", more_is_better]
    if high <= -wide:
        return _WORDS["below", more_is_better]
    return "equal" if -narrow <= low and high <= narrow else "undecided"


_WORDS: dict[tuple[Finding, bool], Word] = {
    ("above", True): "faster",
    ("above", False): "slower",
    ("below", True): "slower",
    ("below", False): "faster",
    ("alike", True): "equal",
    ("alike", False): "equal",
    ("open", True): "undecided",
    ("open", False): "undecided",
}


def judge(
    group: Group,
    metric: Metric,
    values: Mapping[str, Sequence[float | None]],
    *,
    pairs: Sequence[Pair] | None = None,
    margin: float = MARGIN,
    rounds_each: float = 1.0,
    allowances: Mapping[Pair, float] = {},
) -> list[Verdict]:
    """Compare every two lanes of a group by one metric, or those of `pairs`; the list holds together.

    No interval contradicts its word. `rounds_each` is how many rounds stand behind one value, for the rounds it would
    take; `allowances` are standard errors of log ratios that the values do not show.
    """
    decisions = decide(statistics.compare(values, pairs, allowances), margin)
    return [_verdict(group, metric, each, rounds_each) for each in decisions]


def _verdict(group: Group, metric: Metric, decision: Decision, rounds_each: float) -> Verdict:
    interval, needed = decision.interval, decision.rounds_needed
    return Verdict(
        a=interval.a,
        b=interval.b,
        scenario=group.scenario,
        users=group.users,
        rate=group.rate,
        metric=metric.name,
        ratio=interval.ratio,
        low=interval.low,
        high=interval.high,
        verdict=_WORDS[decision.finding, metric.more_is_better],
        rounds=interval.rounds,
        rounds_needed=None if needed is None else math.ceil(needed * rounds_each),
    )


def leave_open(group: Group, metric: Metric, values: Mapping[str, float | None], lanes: Sequence[str]) -> list[Verdict]:
    """Return the pairs in which one of `lanes` has too few requests: their ratio over all rounds together, no more."""
    return [
        Verdict(
            a=a,
            b=b,
            scenario=group.scenario,
            users=group.users,
            rate=group.rate,
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


def unbeaten(names: Sequence[str], verdicts: Sequence[Verdict]) -> set[str]:
    """Return those of some lanes under one load that none of them surely serves more than."""
    ahead = surely_better(verdicts, RANKED_BY)
    return {*names} - {behind for name in names for behind in ahead.get(name, ())}


def all_compared(lanes: Sequence[str], verdicts: Sequence[Verdict]) -> bool:
    """Tell whether each lane was compared with each other one: a rank among others would say what nobody judged."""
    judged = {frozenset((verdict.a, verdict.b)) for verdict in verdicts if verdict.metric == RANKED_BY}
    return all(frozenset(pair) in judged for pair in itertools.combinations(lanes, 2))


def ranks(lanes: Sequence[str], verdicts: Sequence[Verdict]) -> dict[str, int]:
    """Rank lanes: one more than the number of lanes in the tiers ahead.

    Every lane of a tier is surely faster than every lane of the next ones, so lanes that were not told apart share a
    rank. Lanes that share one may still have been told apart, where each was not from a third.
    """
    ahead = surely_better(verdicts, RANKED_BY)
    found: dict[str, int] = {}
    tier: list[str] = []
    left = sorted(lanes, key=lambda lane: -len(ahead.get(lane, set()) & set(lanes)))
    for number, lane in enumerate(left, 1):
        tier.append(lane)
        behind = set(left[number:])
        if all(behind <= ahead.get(each, set()) for each in tier):
            found |= dict.fromkeys(tier, number - len(tier) + 1)
            tier = []
    return found
