"""From windows to a summary: both sides' cells, one verdict a metric, and the sentences that they support."""

from collections.abc import Callable, Sequence

import msgspec

from loadtests.duet import words
from loadtests.duet.plan import DuetPlan
from loadtests.duet.stage import Sides
from loadtests.duet.statistics import Ratio, Windows, ratio, starts_needed
from loadtests.measurement import histogram, per_round, verdicts
from loadtests.measurement.cells import Merged
from loadtests.measurement.conclude import Conclusion, Ledger
from loadtests.measurement.errors import failed
from loadtests.measurement.group import file_stem
from loadtests.measurement.record import Record
from loadtests.measurement.result import SCHEMA_VERSION, Summary
from loadtests.measurement.statistics import Interval
from loadtests.measurement.tails import LEAST_REQUESTS
from loadtests.measurement.verdict import Verdict
from loadtests.measurement.verdicts import MARGIN, Metric
from loadtests.messages import Slice

CPU = Metric(name="cpu_us_per_request", more_is_better=False)
QPS = Metric(name="qps", more_is_better=True)
P99 = verdicts.PER_BLOCK
METRICS = (CPU, QPS, P99)

# One value a start: a tail shows only in many requests.
Values = list[Windows]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a duet shows beside its verdicts.

    `starts` are those that have windows that count, `windows` how many were planned for each.
    `fair_shares` tells whether the kernel was told to give each side half of the core, `core_share_a` what a had of
    the time that both had together. `half_width` is that of the interval by metric, as a share: the least difference
    that this duet can tell. `between_starts` and `between_windows` are standard deviations of the log ratio of CPU per
    request. None where not measured.
    """

    starts: int
    windows: int
    fair_shares: bool | None
    core_share_a: float | None
    half_width: dict[str, float]
    between_starts: float | None
    between_windows: float | None
    forced: list[str]


class DuetSummary(Summary, frozen=True, kw_only=True):
    """summary.json of a duet."""

    duet: Found


class DuetConclusion(Conclusion, frozen=True, kw_only=True):
    """The summary and both histograms."""

    summary: DuetSummary


def conclude(
    ledger: Ledger,
    sides: Sides,
    plan: DuetPlan | None,
    *,
    fair: bool | None,
    forced: Sequence[str],
    partial: bool,
    warnings: Sequence[str],
) -> DuetConclusion:
    """Merge, judge and say what was found."""
    merged = [ledger.merged(subject) for subject in sides]
    records = [ledger.records(subject) for subject in sides]
    ratios = {metric.name: _ratio(metric, records, plan) for metric in METRICS} if plan and _valid(merged) else {}
    found = {name: each for name, each in ratios.items() if each is not None}
    judged = [_verdict(metric, merged, ratios[metric.name]) for metric in METRICS if metric.name in ratios]
    share_a = _share_a(records)
    summary = DuetSummary(
        schema_version=SCHEMA_VERSION,
        partial=partial,
        cells=[each.cell for each in merged],
        verdicts=judged,
        details=[each.detail for each in merged],
        sentences=words.sentences(sides[0].group, judged, [each.cell for each in merged], forced),
        warnings=[*warnings, *words.of_shares(sides[0].name, share_a, fair=fair), *words.of_tails(judged)],
        duet=Found(
            starts=_starts(records, plan) if plan else 0,
            windows=plan.windows if plan else 0,
            fair_shares=fair,
            core_share_a=share_a,
            half_width={name: half for name, each in found.items() if (half := each.half_width) is not None},
            between_starts=found[CPU.name].between if CPU.name in found else None,
            between_windows=found[CPU.name].within if CPU.name in found else None,
            forced=list(forced),
        ),
    )
    return DuetConclusion(
        summary=summary, histograms={file_stem(each.cell, each.cell.name): each.latencies for each in merged}
    )


def running(ledger: Ledger, sides: Sides, plan: DuetPlan) -> Ratio | None:
    """Return the ratio of CPU per request so far."""
    return _ratio(CPU, [ledger.records(subject) for subject in sides], plan)


def _starts(records: Sequence[Sequence[Record]], plan: DuetPlan) -> int:
    """Return how many starts have a window that counts; a duet that ends early has fewer than were planned."""
    counting = {record.round for each in records for record in each if record.void is None}
    return sum(not counting.isdisjoint(plan.numbers(start)) for start in range(1, plan.starts + 1))


def _valid(merged: Sequence[Merged]) -> bool:
    return all(each.cell.valid for each in merged)


def _ratio(metric: Metric, records: Sequence[Sequence[Record]], plan: DuetPlan) -> Ratio | None:
    a, b = (_OF[metric.name](each, plan) for each in records)
    return ratio(a, b)


def _per_window(name: str) -> Callable[[Sequence[Record], DuetPlan], Values]:
    def values(records: Sequence[Record], plan: DuetPlan) -> Values:
        every = per_round.values(records, plan.total, name)
        return [[every[number - 1] for number in plan.numbers(start)] for start in range(1, plan.starts + 1)]

    return values


def _p99_per_start(records: Sequence[Record], plan: DuetPlan) -> Values:
    """Return one p99 in milliseconds for each start, None where it has too few requests to show one."""
    clients = per_round.clients(records, plan.total)
    starts = ([clients[number - 1] for number in plan.numbers(start)] for start in range(1, plan.starts + 1))
    return [[_p99_ms([client for client in start if client is not None])] for start in starts]


def _p99_ms(clients: Sequence[Slice]) -> float | None:
    if sum(client.window_requests - failed(client.window_errors) for client in clients) < LEAST_REQUESTS:
        return None
    micros = histogram.percentile_us(histogram.merged(client.latencies for client in clients), 99)
    return None if micros is None else micros / 1e3


_OF = {CPU.name: _per_window(CPU.name), QPS.name: _per_window(QPS.name), P99.name: _p99_per_start}


def _verdict(metric: Metric, merged: Sequence[Merged], found: Ratio | None) -> Verdict:
    a, b = (each.cell for each in merged)
    judged = Verdict(
        a=a.name,
        b=b.name,
        scenario=a.scenario,
        users=a.users,
        metric=metric.name,
        ratio=None,
        low=None,
        high=None,
        verdict="undecided",
        rounds=0,
    )
    if found is None:
        return judged
    interval = Interval(a=a.name, b=b.name, ratio=found.ratio, low=found.low, high=found.high, rounds=found.starts)
    said = verdicts.word(interval, more_is_better=metric.more_is_better)
    return msgspec.structs.replace(
        judged,
        ratio=found.ratio,
        low=found.low,
        high=found.high,
        verdict=said,
        rounds=found.starts,
        rounds_needed=starts_needed(found, MARGIN) if said == "undecided" else None,
    )


def _share_a(records: Sequence[Sequence[Record]]) -> float | None:
    """Return what a had of the CPU time that both had, over all windows that count."""
    ours, theirs = (
        sum(record.use.cpu_ns or 0 for record in each if record.round and record.void is None and record.use)
        for each in records
    )
    return ours / (ours + theirs) if ours + theirs else None
