"""Every cell passes these checks, or is shown as invalid with the reason and the remedy: never as a bare number."""

import itertools
import math

import msgspec

from loadtests.measurement.result import Reason, ResponseTime

LITTLE = 0.05
GENERATOR_SHARE = 0.85
ERROR_SHARE = 0.01
# The p99 has to be known; a fifth of what it leaves out hardly moves it.
OUTLASTING_SHARE = 2e-3
# What an open load may lose before its percentiles leave something out, or before they show the generator.
DROPPED_SHARE = 1e-3
BEHIND_SHARE = 0.1
LATE_SHARE = 0.05
# An HDR histogram of 3 significant digits rounds a value up by at most this share.
ROUNDING = 1.001

_OWN_CORES = (
    "more workers on these cores cannot show more; those with cores of their own can (--expect-workers lets other "
    "machines help): CPU per request holds all the same"
)


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What the checks look at: one cell's merged slices.

    `requests` are those of the windows; `per_second` and `mean_all_ms` are the throughput and the mean response time of
    all of them, `qps` that of the successes. The others cover whole slices, what was drained at their ends included:
    `asked` are all requests, `failed` among them by kind in `errors`, `outlasting` those that took longer than their
    slice's window, up to `drained_max_ms`. `change` is by what share the last third of the windows surely
    differs from the first. `given_up` is how many requests the two counts may differ by: their answers
    were not awaited; a server that keeps no count has None. `ceiling_qps` is what this generator reached against a
    server that does nothing, None when it was not calibrated. `due` are the arrivals that the schedule of an open load
    wanted in the windows, `late` and `dropped` those that came late or never; None for a closed load. Where several
    `workers` made the load, `generator_core_share` is the busiest one's, or that of `sharing` of them of the
    `shared_cores` that they have together; there are none where one process made it.
    """

    users: int
    requests: int
    asked: int
    failed: int
    qps: float
    per_second: float
    mean_all_ms: float | None
    rt_ms: ResponseTime
    concurrency: float
    client_answered: int
    server_answered: int | None
    given_up: int
    outlasting: int
    drained_max_ms: float | None
    change: float | None
    generator_core_share: float
    ceiling_qps: float | None
    errors: dict[str, int]
    first_error: str | None
    due: int | None = None
    late: int = 0
    dropped: int = 0
    workers: int = 0
    sharing: int = 1
    shared_cores: int = 1


def check(evidence: Evidence) -> list[Reason]:
    """Return why the cell is not valid: nothing when it is."""
    checks = (
        (_errors, _outlasting, _dropped, _behind, _late, _steady, _little, _order, _counts, _generator)
        if evidence.requests
        else (_nothing, _errors)
    )
    found = [check(evidence) for check in checks]
    return [reason for reason in found if reason]


def _nothing(_: Evidence) -> Reason:
    return Reason(
        check="requests",
        reason="no request was completed in any window",
        remedy="see the lane's log; try fewer users or longer slices with --seconds",
    )


def _outlasting(evidence: Evidence) -> Reason | None:
    share = evidence.outlasting / max(1, evidence.asked)
    if share <= OUTLASTING_SHARE:
        return None
    longest_s = (evidence.drained_max_ms or 0.0) / 1e3
    return Reason(
        check="outlasting",
        reason=f"{evidence.outlasting} requests took up to {longest_s:,.1f} s, longer than a slice: "
        f"percentiles above p{100 * (1 - share):.4g} are unknown",
        remedy=f"use longer slices with --seconds {math.ceil(min(60.0, 2 * longest_s))}, "
        "or see in the lane's log why some requests wait",
    )


def _dropped(evidence: Evidence) -> Reason | None:
    if not evidence.due or evidence.dropped <= DROPPED_SHARE * evidence.due:
        return None
    return Reason(
        check="dropped",
        reason=f"{evidence.dropped} of {evidence.due} arrivals were dropped, since {evidence.users} were in flight: "
        "the response times do not show what they would have waited",
        remedy="ask for a lower --rate (`trilane capacity` finds the highest that holds) or allow more --users",
    )


def _behind(evidence: Evidence) -> Reason | None:
    """Tell an open load that the lane cannot keep up with: each window's queue is longer than the one before."""
    if not evidence.due or evidence.requests >= (1 - BEHIND_SHARE) * (evidence.due - evidence.dropped):
        return None
    return Reason(
        check="behind",
        reason=f"{evidence.requests} requests ended while {evidence.due} arrived: the queue grew to the end, so its "
        "response times tell how long it was watched",
        remedy="ask for a lower --rate: `trilane capacity` finds the highest that holds",
    )


def _late(evidence: Evidence) -> Reason | None:
    if not evidence.due or evidence.late <= LATE_SHARE * evidence.due:
        return None
    return Reason(
        check="generator",
        reason=f"{evidence.late} of {evidence.due} requests were sent more than 1 ms after their time: the generator "
        "did not keep the schedule",
        remedy="ask for a lower --rate, or give the generator a core that nothing else uses",
    )


def _steady(evidence: Evidence) -> Reason | None:
    if evidence.change is None:
        return None
    return Reason(
        check="steady",
        reason=f"the last third of its windows holds {abs(evidence.change):.0%} "
        f"{'more' if evidence.change > 0 else 'fewer'} answers than the first",
        remedy="the load had not settled: use longer slices with --seconds, and see the lane's log",
    )


def _little(evidence: Evidence) -> Reason | None:
    if evidence.mean_all_ms is None:
        return None
    # Everything that was in flight counts here, failed or not.
    expected = evidence.per_second * evidence.mean_all_ms / 1_000
    off = abs(evidence.concurrency - expected) / max(evidence.concurrency, 1e-9)
    if off <= LITTLE:
        return None
    return Reason(
        check="little",
        reason=f"Little's law is off by {off:.0%}: {evidence.concurrency:.2f} requests were in flight, "
        f"QPS × RT says {expected:.2f}",
        remedy=f"the load was not steady, the slowest answer took {evidence.rt_ms.max or 0:,.0f} ms: "
        "use longer slices with --seconds, and see whether some requests are served at the cost of others",
    )


def _order(evidence: Evidence) -> Reason | None:
    times = evidence.rt_ms
    ordered = [value for value in (times.p50, times.p95, times.p99, times.p999) if value is not None]
    if times.max is not None:
        ordered.append(times.max * ROUNDING)
    wrong = any(earlier > later for earlier, later in itertools.pairwise(ordered))
    if not wrong and (times.mean is None or times.max is None or times.mean <= times.max * ROUNDING):
        return None
    return Reason(
        check="order",
        reason=f"the response times contradict each other: mean {times.mean} ms, max {times.max} ms, or percentiles "
        "out of order",
        remedy="this is a fault of the measurement: please report it with the run's folder",
    )


def _counts(evidence: Evidence) -> Reason | None:
    if evidence.server_answered is None:
        return None
    apart = abs(evidence.client_answered - evidence.server_answered)
    if apart <= evidence.given_up:
        return None
    return Reason(
        check="counts",
        reason=f"the client counted {evidence.client_answered} answers, the server {evidence.server_answered}; "
        f"and {evidence.given_up} were given up",
        remedy="something else answers or calls this server, or it still works off what an earlier slice gave up; let "
        "nothing but the generator reach it, and ask for fewer users",
    )


def _generator(evidence: Evidence) -> Reason | None:
    several = evidence.workers > 1
    makers = f"{evidence.workers} workers" if several else "one core of load"
    remedy = (
        f"{makers} cannot show more here (--workers and --expect-workers add some): CPU per request holds all the same"
    )
    if evidence.generator_core_share >= GENERATOR_SHARE:
        return Reason(
            check="generator",
            reason=f"≥ {evidence.qps:,.0f}/s, generator-bound: {_busy(evidence)}",
            remedy=remedy if evidence.sharing == 1 else _OWN_CORES,
        )
    if evidence.ceiling_qps is not None and evidence.qps >= GENERATOR_SHARE * evidence.ceiling_qps:
        return Reason(
            check="generator",
            reason=f"≥ {evidence.qps:,.0f}/s, generator-bound: its ceiling is {evidence.ceiling_qps:,.0f}/s here",
            remedy=remedy,
        )
    return None


def _busy(evidence: Evidence) -> str:
    used = f"used {evidence.generator_core_share:.0%} of"
    if evidence.sharing == 1:
        return f"{'its busiest worker' if evidence.workers > 1 else 'it'} {used} its core"
    cores = "the core" if evidence.shared_cores == 1 else f"the {evidence.shared_cores} cores"
    return f"{evidence.sharing} of its {evidence.workers} workers {used} {cores} that they share"


def _errors(evidence: Evidence) -> Reason | None:
    if evidence.failed <= ERROR_SHARE * evidence.asked:
        return None
    kinds = ", ".join(f"{kind} × {count}" for kind, count in evidence.errors.items())
    first = f"; the first: {evidence.first_error}" if evidence.first_error else ""
    return Reason(
        check="errors",
        reason=f"{evidence.failed} of {evidence.asked} requests failed ({kinds}){first}",
        remedy="see the lane's log; a lane with more than 1 % errors is not ranked",
    )
