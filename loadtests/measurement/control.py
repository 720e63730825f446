"""The hidden control: one lane measured twice under two names. What it shows is how far this run can be trusted."""

import math
from collections.abc import Mapping, Sequence

import msgspec
from scipy import special

from loadtests.measurement.group import Group
from loadtests.measurement.simultaneous import CONFIDENCE, sidak
from loadtests.measurement.statistics import Interval, compare
from loadtests.measurement.verdict import Control

# Two processes of one program may truly differ by this much: their memory is laid out differently.
LIKENESS = 0.02
_TWIN = "the same again"


class Twins(msgspec.Struct, frozen=True, kw_only=True):
    """One lane and its copy by one metric: their values per round (None where a slice counts for nothing).

    `others` are the other lanes of the group in the same rounds: they help to tell how noisy the rounds were.
    `allowance` is a standard error of the log ratio that the rounds do not show.
    """

    group: Group
    metric: str
    lane: str
    values: Sequence[float | None]
    copy: Sequence[float | None]
    others: Mapping[str, Sequence[float | None]] = {}
    allowance: float = 0.0


def judge_controls(every: Sequence[Twins]) -> list[Control]:
    """Judge all controls of a run together, so that an honest run fails at most one of them in 5 of 100 runs.

    A control fails when its whole interval lies beyond ±2 %. Its `half_width` is that of its own plain 95 % interval.
    """
    found = [_interval(twins) for twins in every]
    level = sidak(sum(interval is not None and interval.error is not None for interval in found) or 1)
    return [_control(twins, interval, level) for twins, interval in zip(every, found, strict=True)]


def _interval(twins: Twins) -> Interval | None:
    values = {twins.lane: twins.values, _TWIN: twins.copy, **twins.others}
    pair = (twins.lane, _TWIN)
    return next(
        (each for each in compare(values, allowances={pair: twins.allowance}) if (each.a, each.b) == pair), None
    )


def _control(twins: Twins, interval: Interval | None, level: float) -> Control:
    start = Control(
        lane=twins.lane,
        scenario=twins.group.scenario,
        users=twins.group.users,
        rate=twins.group.rate,
        metric=twins.metric,
        ratio=None if interval is None else interval.ratio,
        low=None,
        high=None,
        half_width=None,
        agrees=None,
        rounds=0 if interval is None else interval.rounds,
    )
    if interval is None or interval.centre is None or interval.error is None or interval.freedom is None:
        return start
    middle = math.log(interval.ratio)
    half = -float(special.stdtrit(interval.freedom, level / 2)) * interval.error
    low, high = min(interval.centre - half, middle), max(interval.centre + half, middle)
    return msgspec.structs.replace(
        start,
        low=math.exp(low),
        high=math.exp(high),
        half_width=math.expm1(-float(special.stdtrit(interval.freedom, (1 - CONFIDENCE) / 2)) * interval.error),
        agrees=low <= math.log1p(LIKENESS) and high >= -math.log1p(LIKENESS),
    )
