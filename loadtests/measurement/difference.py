"""How much one run differs from another: per cell the ratio, and how sure it can be.

Two runs are not interleaved: what the machine did in one it did not do in the other, and no figure of either shows by
how much. So a lane is compared by its ratio, within each round, to a reference that is taken to be the same in both
runs: a lane that is named, or else the median of the other lanes. Where there is neither, nothing is decided. Only
rounds count in which the lane was measured, and the named one or enough of the others. A round of fewer than 100
requests has no p99; since those are the slow ones, a lane that has any is held to nobody by its p99.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Literal, cast

import msgspec
import numpy as np

from backing.problem import Problem
from loadtests.measurement.comparable import Key, Past, notes, require_comparable
from loadtests.measurement.reference import Rows, against, logs
from loadtests.measurement.result import Cell, Detail
from loadtests.measurement.series import Numbers
from loadtests.measurement.statistics import BETWEEN_STARTS, Interval
from loadtests.measurement.verdict import Control
from loadtests.measurement.verdicts import MARGIN, Word, word
from loadtests.measurement.welch import intervals

LEAST_ROUNDS = 4
# The median of two others says as much of either as of the machine.
LEAST_OTHERS = 3
PER_ROUND = {"qps": "qps_per_round", "cpu_us_per_request": "cpu_us_per_round", "p99_ms": "p99_ms_per_round"}
MORE_IS_BETTER = {"qps"}
# Nobody judged it; what is undecided was judged, and its rounds cannot tell.
NOT_COMPARED: Literal["not compared"] = "not compared"
Said = Word | Literal["not compared"]
# The lane and its reference were started once in either run.
_STARTED_ANEW = math.sqrt(2) * BETWEEN_STARTS


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of one cell: `a` and `b` are the runs' figures, `raw_ratio` is `b` ÷ `a`.

    `ratio` is the same with the reference's own change taken out, `low` to `high` its 95 % interval, simultaneous over
    the cells of its metric. `verdict` says how B does against A, beyond `margin`, the least difference that both runs
    can tell; where it is `NOT_COMPARED` these three are None, and `why` says why. `valid` tells of both runs' cells
    whether they are.
    """

    name: str
    scenario: str
    users: int
    rate: float | None
    metric: str
    a: float | None
    b: float | None
    raw_ratio: float | None
    ratio: float | None
    low: float | None
    high: float | None
    verdict: Said
    margin: float
    rounds: tuple[int, int]
    valid: tuple[bool, bool]
    why: str | None = None


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What two runs say of each other; `reference` is None where it is the median of the other lanes."""

    schema_version: int = 1
    a: str
    b: str
    started_at: tuple[str, str]
    reference: str | None
    changes: list[Change]
    only_in_a: list[str]
    only_in_b: list[str]
    notes: list[str]


class _Pair(msgspec.Struct, frozen=True):
    """One cell in both runs, with the logarithms of its ratio to the reference in each round of either."""

    a: Cell
    b: Cell
    logs: Rows
    why: str | None


def difference(a: Past, b: Past, reference: str | None = None) -> Difference:
    """Compare two runs; raise `Problem` where they cannot be compared or the reference is not in both."""
    require_comparable(a, b)
    in_a, in_b = a.cells(), b.cells()
    common = [key for key in in_a if key in in_b]
    if reference is not None and not any(key[0] == reference for key in common):
        raise Problem(f"--reference {reference}: it is not in both runs; choose one of {', '.join(_names(common))}")
    margins = _margins([*a.summary.controls, *b.summary.controls])
    changes = [
        change
        for metric in PER_ROUND
        for change in _judged(metric, [_pair(key, in_a, in_b, metric, reference) for key in common], margins)
        if change.name != reference
    ]
    return Difference(
        a=a.folder,
        b=b.folder,
        started_at=(a.started_at, b.started_at),
        reference=reference,
        changes=changes,
        only_in_a=[_called(key) for key in in_a if key not in in_b],
        only_in_b=[_called(key) for key in in_b if key not in in_a],
        notes=notes(a, b),
    )


def _names(keys: Sequence[Key]) -> list[str]:
    return list(dict.fromkeys(key[0] for key in keys))


def _called(key: Key) -> str:
    name, scenario, _, users, rate = key
    return f"{name}/{scenario}/{users}" + ("" if rate is None else f" at {rate:g}/s")


def _margins(controls: Sequence[Control]) -> dict[tuple[str, str, int, float | None], float]:
    """Return what the runs could tell apart at best, by metric and load, as a share."""
    found: dict[tuple[str, str, int, float | None], float] = {}
    for control in controls:
        key = (control.metric, control.scenario, control.users, control.rate)
        found[key] = max(found.get(key, MARGIN), control.half_width or MARGIN)
    return found


Cells = Mapping[Key, tuple[Cell, Detail | None]]


def _pair(key: Key, in_a: Cells, in_b: Cells, metric: str, reference: str | None) -> _Pair:
    (a, detail_a), (b, detail_b) = in_a[key], in_b[key]
    beside, alone = _beside(key, in_a, in_b, metric, reference)
    why = _unfit(in_a[key], in_b[key], metric) or alone
    if why is not None:
        return _Pair(a, b, (np.array([]), np.array([])), why)
    others = [(_logs(in_a[other][1], metric), _logs(in_b[other][1], metric)) for other in beside]
    least = LEAST_OTHERS if reference is None else 1
    return _Pair(a, b, against((_logs(detail_a, metric), _logs(detail_b, metric)), others, least), None)


def _alone(count: int, metric: str) -> str:
    fit = "valid in both" + (", with a p99 in every round," if metric == "p99_ms" else ",")
    return (
        f"{count or 'no'} other lane{' is' if count == 1 else 's are'} {fit} of {LEAST_OTHERS} at least, so the "
        "machine's change between the runs cannot be taken out; name a lane that is the same in both with --reference"
    )


def _beside(key: Key, in_a: Cells, in_b: Cells, metric: str, reference: str | None) -> tuple[list[Key], str | None]:
    """Return the cells under the same load that stand for the machine, and why they do not suffice.

    Those of the same lane do not stand for it, unless named.
    """
    loaded_alike = [other for other in in_a if other[1:] == key[1:] and other in in_b and other != key]
    lane = in_a[key][0].lane
    chosen = [
        other for other in loaded_alike if reference == other[0] or (not reference and in_a[other][0].lane != lane)
    ]
    unfit = {other: _unfit(in_a[other], in_b[other], metric) for other in chosen}
    beside = [other for other, why in unfit.items() if why is None]
    if reference is None:
        return beside, None if len(beside) >= LEAST_OTHERS else _alone(len(beside), metric)
    whys = [why for why in unfit.values() if why is not None]
    missing = f"{reference} was not measured under this load in both"
    return beside, None if beside else next(iter(whys), missing)


def _unfit(a: tuple[Cell, Detail | None], b: tuple[Cell, Detail | None], metric: str) -> str | None:
    for run, (cell, _) in (("A", a), ("B", b)):
        if not cell.valid:
            return f"{cell.name} is not valid in {run}: {cell.reasons[0].reason if cell.reasons else 'no reason given'}"
    if a[0].workers != b[0].workers:
        return f"{a[0].name} had {a[0].workers} workers in A and {b[0].workers} in B"
    if metric != "p99_ms":
        return None
    return next((why for run, each in (("A", a), ("B", b)) if (why := _without_p99(run, *each))), None)


def _without_p99(run: str, cell: Cell, detail: Detail | None) -> str | None:
    if detail is None or not detail.rounds_without_p99:
        return None
    return (
        f"{cell.name} answered fewer than 100 requests in {detail.rounds_without_p99} of {detail.rounds} rounds of "
        f"{run}, too few for a p99; the faster rounds alone would flatter it"
    )


def _logs(detail: Detail | None, metric: str) -> Numbers:
    values = () if detail is None else cast("Sequence[float | None]", getattr(detail, PER_ROUND[metric]))
    return logs(values)


def _judged(
    metric: str, pairs: Sequence[_Pair], margins: Mapping[tuple[str, str, int, float | None], float]
) -> list[Change]:
    """Judge one metric in all cells; its intervals hold together."""
    fit = [pair for pair in pairs if pair.why is None and min(map(_rounds, pair.logs)) >= LEAST_ROUNDS]
    bounds = dict(zip(map(id, fit), intervals([pair.logs for pair in fit], _STARTED_ANEW), strict=True))
    found = []
    for pair in pairs:
        margin = margins.get((metric, pair.a.scenario, pair.a.users, pair.a.rate), MARGIN)
        ratio, low, high = bounds.get(id(pair), (None, None, None))
        too_few = None if id(pair) in bounds else f"fewer than {LEAST_ROUNDS} rounds hold all lanes that it needs"
        found.append(
            Change(
                name=pair.a.name,
                scenario=pair.a.scenario,
                users=pair.a.users,
                rate=pair.a.rate,
                metric=metric,
                a=figure(pair.a, metric),
                b=figure(pair.b, metric),
                raw_ratio=_ratio(pair, metric),
                ratio=ratio,
                low=low,
                high=high,
                verdict=_word(pair, metric, bounds.get(id(pair)), margin),
                margin=margin,
                rounds=(_rounds(pair.logs[0]), _rounds(pair.logs[1])),
                valid=(pair.a.valid, pair.b.valid),
                why=pair.why or too_few,
            )
        )
    return found


def _rounds(logs: Numbers) -> int:
    return int(np.sum(~np.isnan(logs)))


def figure(cell: Cell, metric: str) -> float | None:
    """Return the cell's own figure of a metric, all rounds merged."""
    return cell.rt_ms.p99 if metric == "p99_ms" else cast("float | None", getattr(cell, metric))


def _ratio(pair: _Pair, metric: str) -> float | None:
    if not (pair.a.valid and pair.b.valid):
        return None
    a, b = figure(pair.a, metric), figure(pair.b, metric)
    return None if not a or b is None else b / a


def _word(pair: _Pair, metric: str, bounds: tuple[float, float, float] | None, margin: float) -> Said:
    """Say how B does against A."""
    if bounds is None:
        return NOT_COMPARED
    ratio, low, high = bounds
    rounds = min(map(_rounds, pair.logs))
    interval = Interval(a=pair.b.name, b=pair.a.name, ratio=ratio, low=low, high=high, rounds=rounds)
    return word(interval, more_is_better=metric in MORE_IS_BETTER, margin=margin)
