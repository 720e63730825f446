"""From rounds to verdicts: the hidden control says how far a run can be trusted, then the lanes are compared."""

import itertools
import math
from collections.abc import Mapping, Sequence

import msgspec

from loadtests.measurement import per_round, verdicts
from loadtests.measurement.control import Twins, judge_controls
from loadtests.measurement.even import Evened, even
from loadtests.measurement.group import Group, group_of
from loadtests.measurement.record import Record
from loadtests.measurement.result import Cell
from loadtests.measurement.statistics import BETWEEN_STARTS, LEAST_ROUNDS, Pair
from loadtests.measurement.subject import Subject, pairs
from loadtests.measurement.tails import LEAST_REQUESTS, tails
from loadtests.measurement.verdict import Control, Evenness, Verdict
from loadtests.measurement.verdicts import Metric

Values = Mapping[str, Sequence[float | None]]


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """A valid cell and its slices."""

    subject: Subject
    cell: Cell
    records: Sequence[Record]


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """What is compared together: one metric of one group, per round or per block of rounds; the control among it.

    Figures per round are brought to the usual pace of the cores, as far as `evenness` says; `allowances` are standard
    errors that they do not show: of the pace that was held out, and of servers that were started once.
    """

    group: Group
    metric: Metric
    values: Values
    rounds_each: float = 1.0
    allowances: Mapping[Pair, float] = {}
    evenness: Evenness | None = None


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What the figures of a run say, and what they are too few for."""

    verdicts: list[Verdict]
    controls: list[Control]
    evenness: list[Evenness]
    warnings: list[str]


def judge(valid: Sequence[Measured], rounds: Mapping[str, int], *, controlled: bool) -> Judged:
    """Compare the valid cells of each group with each other, by as much as their controls allow.

    `controlled` says that the run has a control. Where it could not be judged in a group, the coarsest resolution by
    the same metric in the run stands for it; where it could be judged nowhere, nothing is decided.
    """
    families: list[Family] = []
    left_open: list[Verdict] = []
    warnings: list[str] = []
    groups = {group: [each for each in valid if each.subject.group == group] for group in _groups(valid)}
    for group, members in groups.items():
        count = rounds.get(str(group), 0)
        families += [_per_round(group, metric, members, count) for metric in verdicts.PER_ROUND]
        family, undecided, few = _per_block(group, members, count)
        families.append(family)
        left_open += undecided
        warnings += few
    controls = judge_controls([twins for family in families for twins in _twins(family, groups[family.group])])
    for family in families:
        margin = _margin(family, controls, controlled=controlled)
        left_open += _compare(family, groups[family.group], margin)
    evenness = [family.evenness for family in families if family.evenness is not None]
    return Judged(
        verdicts=left_open, controls=controls, evenness=evenness, warnings=[*warnings, *_disagreeing(controls)]
    )


def _groups(valid: Sequence[Measured]) -> list[Group]:
    return list(dict.fromkeys(each.subject.group for each in valid))


def _per_round(group: Group, metric: Metric, members: Sequence[Measured], rounds: int) -> Family:
    found = {each.subject.name: per_round.values(each.records, rounds, metric.name) for each in members}
    # A figure that a lane does not have, such as the CPU time of a system that does not tell it, cannot be compared.
    values = {name: each for name, each in found.items() if any(each)}
    paces = {
        name: {each.subject.name: per_round.values(each.records, rounds, name) for each in members}
        for name in metric.paces
    }
    busy = {each.subject.name: per_round.values(each.records, rounds, "busy_cores") for each in members}
    evened = even(values, paces, busy)
    return Family(
        group=group,
        metric=metric,
        values=evened.values,
        allowances=allowances(evened),
        evenness=_evenness(group, metric, evened),
    )


def allowances(evened: Evened) -> dict[Pair, float]:
    """Return the standard errors of log ratios that the rounds do not show."""
    every = itertools.permutations(evened.values, 2)
    return {pair: math.hypot(evened.allowances.get(pair, 0.0), BETWEEN_STARTS) for pair in every}


def _evenness(group: Group, metric: Metric, evened: Evened) -> Evenness | None:
    if not evened.slopes or evened.before is None or evened.after is None:
        return None
    return Evenness(
        scenario=group.scenario,
        users=group.users,
        rate=group.rate,
        metric=metric.name,
        slopes=evened.slopes,
        before=evened.before,
        after=evened.after,
    )


def _per_block(group: Group, members: Sequence[Measured], rounds: int) -> tuple[Family, list[Verdict], list[str]]:
    """Return p99 in blocks of rounds, and the lanes of which it cannot be compared."""
    found = tails({each.subject.name: per_round.clients(each.records, rounds) for each in members})
    p99 = {each.subject.name: each.cell.rt_ms.p99 for each in members if not each.subject.control}
    too_few = [name for name in found.too_few if name in p99]
    undecided = verdicts.leave_open(group, verdicts.PER_BLOCK, p99, too_few)
    few = (
        f"{group}: too few requests to compare the p99 of {', '.join(too_few)}; it takes {LEAST_ROUNDS} blocks "
        f"of rounds with {LEAST_REQUESTS} requests each: use more --rounds or longer slices with --seconds"
    )
    family = Family(group=group, metric=verdicts.PER_BLOCK, values=found.per_block, rounds_each=found.rounds_per_block)
    return family, undecided, [few] if undecided else []


def _twins(family: Family, members: Sequence[Measured]) -> list[Twins]:
    """Return the control of a family with the lane that it repeats, where both were measured."""
    for control in (each.subject for each in members if each.subject.control):
        copy, own = control.name, control.repeats
        if copy in family.values and own in family.values:
            others = {name: each for name, each in family.values.items() if name not in {copy, own}}
            return [
                Twins(
                    group=family.group,
                    metric=family.metric.name,
                    lane=own,
                    values=family.values[own],
                    copy=family.values[copy],
                    others=others,
                    allowance=family.allowances.get((own, copy), 0.0),
                )
            ]
    return []


def _margin(family: Family, controls: Sequence[Control], *, controlled: bool) -> float:
    """Return the least difference that a verdict of a family may rest on; infinite where nothing shows it."""
    known = {group_of(each): each.half_width for each in controls if each.metric == family.metric.name}
    own = known.get(family.group)
    if own is None and controlled:
        return max((each for each in known.values() if each is not None), default=math.inf)
    return verdicts.margin(own)


def _compare(family: Family, members: Sequence[Measured], margin: float) -> list[Verdict]:
    shown = [each.subject for each in members if not each.subject.control and each.subject.name in family.values]
    found = verdicts.judge(
        family.group,
        family.metric,
        {each.name: family.values[each.name] for each in shown},
        pairs=pairs(shown),
        margin=verdicts.margin(margin),
        rounds_each=family.rounds_each,
        allowances=family.allowances,
    )
    return [_undecided(each) for each in found] if math.isinf(margin) else found


def _undecided(verdict: Verdict) -> Verdict:
    return msgspec.structs.replace(verdict, verdict="undecided", rounds_needed=None)


def _disagreeing(controls: Sequence[Control]) -> list[str]:
    return [
        f"{group_of(each)}: {each.lane} differs from itself in {each.metric}: {each.ratio:.3f} "
        f"({each.low:.3f} to {each.high:.3f}), so no comparison of this run can be trusted"
        for each in controls
        if each.agrees is False
    ]
