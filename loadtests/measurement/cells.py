"""Merge the slices of a lane into its cell, and check it."""

from collections.abc import Sequence

import msgspec

from loadtests.measurement import histogram
from loadtests.measurement.account import account
from loadtests.measurement.arithmetic import ms, present, ratio
from loadtests.measurement.audit import added_up
from loadtests.measurement.ceilings import Known
from loadtests.measurement.contradiction import contradictions
from loadtests.measurement.errors import failed, sum_errors, unanswered
from loadtests.measurement.explain import explain
from loadtests.measurement.generator import busiest
from loadtests.measurement.losses import lost
from loadtests.measurement.per_round import Pair, pair_of, qps, values, window_s
from loadtests.measurement.record import Record
from loadtests.measurement.response_time import response_time
from loadtests.measurement.result import Cell, Detail, Reason, ResponseTime
from loadtests.measurement.steadiness import change
from loadtests.measurement.steal import repeats
from loadtests.measurement.subject import Subject
from loadtests.measurement.validity import Evidence, check

_NOTHING = Known()


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """A cell with what stands behind it; `latencies` is its merged histogram in base64."""

    cell: Cell
    detail: Detail
    latencies: str


def merge(
    subject: Subject, records: Sequence[Record], troubles: Sequence[Reason] = (), known: Known = _NOTHING
) -> Merged:
    """Merge all rounds of a cell; `troubles` are reasons found before or beside its slices."""
    pairs = [pair for record in records if (pair := pair_of(record))]
    voided = [f"round {record.round}: {record.void}" for record in records if record.round and record.void]
    reasons = [*troubles, *lost(records)]
    merged = _measured(subject, pairs, voided, reasons, known) if pairs else _unmeasured(subject, voided, reasons)
    rounds = max(pair.round for pair in pairs) if pairs else 0
    detail = msgspec.structs.replace(
        merged.detail,
        slices_repeated=repeats(records),
        qps_per_round=values(records, rounds, "qps"),
        cpu_us_per_round=values(records, rounds, "cpu_us_per_request"),
        mean_ms_per_round=values(records, rounds, "mean_ms"),
        p99_ms_per_round=values(records, rounds, "p99_ms"),
        servers_pace_us_per_round=values(records, rounds, "servers_pace_us"),
        others_pace_us_per_round=values(records, rounds, "others_pace_us"),
    )
    return msgspec.structs.replace(merged, detail=detail)


def _measured(
    subject: Subject, pairs: Sequence[Pair], voided: list[str], troubles: list[Reason], known: Known
) -> Merged:
    clients, uses = [pair.client for pair in pairs], [pair.use for pair in pairs]
    latencies = histogram.merged(client.latencies for client in clients)
    evidence = _evidence(subject, pairs, response_time(clients, latencies))
    audit = added_up([pair.audit for pair in pairs])
    reasons = [*troubles, *check(evidence), *contradictions(audit, subject.all_params)]
    asked = sum(client.requests for client in clients)
    cpu_ns = _sum([use.cpu_ns for use in uses])
    steal = [use.steal_share for use in uses if use.steal_share is not None]
    cell = msgspec.structs.replace(
        _cell(subject, reasons),
        qps=evidence.qps,
        rt_ms=evidence.rt_ms,
        concurrency=evidence.concurrency,
        requests=evidence.requests,
        errors=evidence.errors,
        cpu_us_per_request=None if subject.beside or cpu_ns is None else ratio(cpu_ns / 1e3, asked),
        rss_bytes=max(present([use.rss_bytes for use in uses]), default=None),
        threads=max(present([use.threads for use in uses]), default=None),
        missing=next((use.missing for use in uses if use.missing), None),
        db_connections_max=max(present([use.db_connections for use in uses]), default=None),
        generator_core_share=evidence.generator_core_share,
        steal_share=sum(steal) / len(steal) if steal else None,
        audit=audit,
    )
    detail = _detail(subject, pairs, voided, evidence)
    generator_us = ratio(sum(client.cpu_ns for client in clients) / 1e3, asked)
    cell, detail = explain(subject, cell, detail, known, generator_us=generator_us)
    return Merged(cell=cell, detail=detail, latencies=latencies.encode().decode())


def _cell(subject: Subject, reasons: list[Reason]) -> Cell:
    """Return the cell with nothing measured in it."""
    return Cell(
        name=subject.name,
        lane=subject.lane,
        factors=dict(subject.factors),
        stack=subject.stack,
        style=subject.style,
        workers=subject.workers if subject.url is None else None,
        cores=list(subject.cores),
        url=subject.url,
        scenario=subject.group.scenario,
        params=subject.all_params,
        users=subject.group.users,
        rate=subject.group.rate,
        valid=not reasons,
        reasons=reasons,
    )


def _evidence(subject: Subject, pairs: Sequence[Pair], times: ResponseTime) -> Evidence:
    clients, uses = [pair.client for pair in pairs], [pair.use for pair in pairs]
    neighbours = [pair.beside for pair in pairs if pair.beside is not None]
    seconds = sum(window_s(client) for client in clients)
    requests = sum(client.window_requests for client in clients)
    right = requests - sum(failed(client.window_errors) for client in clients)
    asked, errors = sum(client.requests for client in clients), sum_errors([client.errors for client in clients])
    all_us = sum(client.window_requests * (client.rt_mean_all_us or 0.0) for client in clients)
    given_up = sum(unanswered(client) for client in clients)
    beside = sum(each.requests - unanswered(each) for each in neighbours)
    drained = [client.drained_max_us for client in clients if client.drained_max_us is not None]
    counted = present([use.answered for use in uses])
    return Evidence(
        users=subject.group.users,
        requests=requests,
        asked=asked,
        failed=failed(errors),
        qps=right / seconds,
        per_second=requests / seconds,
        mean_all_ms=ratio(all_us / 1e3, requests),
        rt_ms=times,
        concurrency=sum(client.concurrency * window_s(client) for client in clients) / seconds,
        client_answered=asked - given_up + beside,
        server_answered=sum(counted) if len(counted) == len(uses) else None,
        given_up=given_up + sum(unanswered(each) for each in neighbours) + sum(each.retried for each in clients),
        due=sum(present([client.due for client in clients])) if subject.group.rate is not None else None,
        late=sum(client.late for client in clients),
        dropped=sum(client.dropped for client in clients),
        outlasting=sum(client.outlasting for client in clients),
        change=change([client.window_thirds for client in clients]),
        drained_max_ms=ms(max(drained, default=None)),
        generator_core_share=(busy := busiest(clients)).share,
        sharing=busy.workers,
        shared_cores=busy.cores,
        workers=max(len(client.parts) for client in clients),
        ceiling_qps=subject.ceiling_qps,
        errors=errors,
        first_error=next((client.first_error for client in clients if client.first_error), None),
    )


def _detail(subject: Subject, pairs: Sequence[Pair], voided: list[str], evidence: Evidence) -> Detail:
    per_round = [qps(pair.client) for pair in pairs]
    asked = sum(pair.client.requests for pair in pairs)
    switches = present([pair.use.context_switches for pair in pairs])
    database_ns = present([pair.use.db_cpu_ns for pair in pairs])
    middle = sum(per_round) / len(per_round)
    spread = (sum((each - middle) ** 2 for each in per_round) / max(1, len(per_round) - 1)) ** 0.5
    lags = [pair.client for pair in pairs if pair.client.send_lag_mean_us is not None]
    return Detail(
        name=subject.name,
        scenario=subject.group.scenario,
        users=subject.group.users,
        rate=subject.group.rate,
        rank=None,
        rounds=len(pairs),
        voided=voided,
        qps_spread=spread / middle if middle and len(per_round) > 1 else None,
        pss_bytes=max(present([pair.use.pss_bytes for pair in pairs]), default=None),
        context_switches_per_request=ratio(sum(switches), asked) if len(switches) == len(pairs) else None,
        db_cpu_us_per_request=ratio(sum(database_ns) / 1e3, asked) if len(database_ns) == len(pairs) else None,
        db_connections_total_max=max(present([pair.use.db_connections_total for pair in pairs]), default=None),
        db_sessions_max=max(present([pair.use.db_sessions for pair in pairs]), default=None),
        db_refused=_sum([pair.use.db_refused for pair in pairs]),
        garbled=_sum([pair.use.garbled for pair in pairs]),
        connections_per_request=ratio(sum(pair.client.connections_opened for pair in pairs), asked),
        server_answered=evidence.server_answered,
        client_answered=evidence.client_answered,
        arrivals_due=evidence.due,
        arrivals_late=evidence.late,
        arrivals_dropped=evidence.dropped,
        send_lag_mean_us=ratio(sum(each.requests * (each.send_lag_mean_us or 0.0) for each in lags), asked),
        send_lag_max_us=max((each.send_lag_max_us or 0.0 for each in lags), default=None),
        account=account([pair.client for pair in pairs], [pair.use for pair in pairs]),
    )


def _sum(counts: Sequence[int | None]) -> int | None:
    """Add up what all slices told, None where one did not tell."""
    known = present(counts)
    return sum(known) if len(known) == len(counts) else None


def _unmeasured(subject: Subject, voided: list[str], troubles: list[Reason]) -> Merged:
    reasons = troubles or [
        Reason(
            check="slices",
            reason=f"no slice counts ({voided[0]})" if voided else "it was not measured before the run ended",
            remedy="run it again, to the end",
        )
    ]
    group = subject.group
    detail = Detail(name=subject.name, scenario=group.scenario, users=group.users, rate=group.rate, voided=voided)
    return Merged(cell=_cell(subject, reasons), detail=detail, latencies="")
