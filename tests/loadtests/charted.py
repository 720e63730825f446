"""Runs to draw: slices of known response times merged into a folder, and experiments with figures of their own."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from loadtests.measurement.audit import Audit
from loadtests.measurement.conclude import Ledger, conclude
from loadtests.measurement.group import Group
from loadtests.measurement.record import Record
from loadtests.measurement.result import Cell, Detail, Predicted, Summary
from loadtests.measurement.store import Store
from loadtests.measurement.usl import curves
from loadtests.report.charts import Chart
from tests.loadtests.measured import SECOND_NS, record, subject, use
from tests.loadtests.summaries import cell, detail, summary, verdict

SOUND, SLOW, BOUND, SICK = "flask-thread", "flask-process", "fastapi-coroutine", "django-thread"
LANES = (SOUND, SLOW, BOUND, SICK)
USERS = (5, 10, 20)
ROUNDS = 4


def rows(chart: Chart) -> list[dict[str, Any]]:
    """What a chart is drawn of."""
    found: list[dict[str, Any]] = chart.spec["data"]["values"]
    return found


def measured(folder: Path) -> Summary:
    """A run of two kinds of work, one at three loads: sound lanes, one at the generator's limit, one that is not valid.

    Its slices, histograms and summary are on disk as a run leaves them.
    """
    groups = [*(Group(scenario="hello", users=users) for users in USERS), Group(scenario="articles", users=10)]
    ledger = Ledger([subject(lane, group=group) for group in groups for lane in LANES])
    with Store.new(folder) as store:
        for each in _slices(groups):
            ledger.add(each)
            store.record(each)
        rounds = {str(group): ROUNDS for group in groups}
        found = conclude(ledger, ceilings={}, rounds=rounds, partial=False, warnings=[])
        own = msgspec.structs.replace(found.summary, details=[*map(_predicted, found.summary.details)])
        own = msgspec.structs.replace(own, curves=curves(own, seed=1))
        store.histograms(found.histograms)
        store.summary(own)
    return own


def _slices(groups: list[Group]) -> Iterator[Record]:
    second = 0
    for number in range(1, ROUNDS + 1):
        for group in groups:
            for lane, micros, changed in (
                (SOUND, 10_000, {}),
                (SLOW, 40_000, {}),
                (BOUND, 5_000, {"cpu_ns": SECOND_NS}),
                (SICK, 10_000, {"concurrency": 0.5}),
            ):
                second += 1
                yield _slice(group, lane, micros, number=number, second=second, changed=changed)


def _slice(group: Group, lane: str, micros: int, *, number: int, second: int, changed: Mapping[str, float]) -> Record:
    served = group.users * 1_000_000 // micros
    taken = [micros - number * 10 + place % 7 * 100 for place in range(served)]
    own = use(served, core_steal_share=0.01 * number, foreign_share=0.0, db_connections_total=number, db_sessions=9)
    found = record(number, taken, lane=lane, use=own, **changed)
    repeated = lane == SLOW and number == ROUNDS and group.users == USERS[0]
    return msgspec.structs.replace(
        found,
        scenario=group.scenario,
        users=group.users,
        started_at=f"2026-01-01T00:{second // 60:02d}:{second % 60:02d}Z",
        repeated=repeated,
        void="others had its cores" if repeated else None,
    )


def _predicted(of: Detail) -> Detail:
    """Return it with the ceiling that its lane had if answers took as long as one user's alone."""
    ceiling = Predicted(limiter="threads", qps=1_500.0, formula="15 threads ÷ 10 ms = 1,500/s")
    return msgspec.structs.replace(of, alone_ms=10.0, ceilings=[ceiling])


def context() -> Summary:
    """One carrier that leaks in one lane, one that leaks in none, and a cell without any answer."""
    leaking = cell(
        "fastapi-coroutine", "context", variant={"carrier": "global"}, valid=False, errors={"wrong_body": 400}
    )
    clean = cell("fastapi-coroutine", "context", variant={"carrier": "contextvar"})
    silent = cell("flask-thread", "context", variant={"carrier": "global"}, valid=False, qps=None)
    cells = [leaking, clean, silent]
    return summary(cells, [], [detail(leaking, client_answered=1_000), detail(clean, client_answered=1_000)])


def signals() -> Summary:
    """One lane with no receivers and with a hundred, which take two microseconds each."""
    few = cell("flask-thread", "signals", users=32, variant={"receivers": 0}, cpu_us_per_request=400.0)
    many = cell("flask-thread", "signals", users=32, variant={"receivers": 100}, cpu_us_per_request=600.0)
    rounds = [399.0, 400.0, 401.0]
    said = verdict(many, few, "cpu_us_per_request", "slower", 1.5, 1.45, 1.55)
    return summary([few, many], [said], [detail(few, cpu_us_per_round=rounds), detail(many)])


def writes() -> Summary:
    """A lock that keeps every write, none at all which loses a quarter, and one whose counts contradict each other."""
    audits = {
        "pessimistic": Audit(answered=400, failed=0, committed=400),
        "none": Audit(answered=400, failed=0, committed=300),
        "optimistic": Audit(answered=400, failed=0, committed=500),
    }
    cells = [
        cell("flask-thread", "like", users=32, variant={"lock": lock}, audit=audit, valid=not audit.too_many)
        for lock, audit in audits.items()
    ]
    return summary(cells, [])


def arriving() -> Summary:
    """One lane under three rates of arrivals."""
    cells = [cell("flask-thread", "hello", users=1_000, rate=rate, qps=rate) for rate in (100.0, 300.0, 900.0)]
    return summary(cells, [])


def nothing() -> Summary:
    """A run that was stopped before its first cell."""
    return summary([], [])


def figures_of(found: Summary) -> dict[tuple[str, str, str], tuple[Cell, Detail]]:
    """The cells of a summary by kind of work, load and name, as charts say them."""
    details = {(each.scenario, each.users, each.rate, each.name): each for each in found.details}
    return {
        (each.scenario, f"{each.users} user{'' if each.users == 1 else 's'}", each.name): (
            each,
            details[each.scenario, each.users, each.rate, each.name],
        )
        for each in found.cells
    }
