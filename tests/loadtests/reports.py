"""Runs and summaries of known slices, for the pages that are made of them."""

import functools
from typing import Any

import msgspec

from loadtests.measurement import about
from loadtests.measurement.about import Run
from loadtests.measurement.conclude import Ledger, conclude
from loadtests.measurement.cores import Cores
from loadtests.measurement.result import Cell, Detail, Predicted, ResponseTime, Summary
from loadtests.measurement.usl import curves
from loadtests.measurement.wish import Wish
from tests.loadtests.measured import HELLO, SECOND_NS, record, subject

SOUND, BOUND, SICK, TWIN = "flask-thread", "fastapi-coroutine", "django-thread", "django-process"
LEVELS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


@functools.cache
def run() -> Run:
    """What a run is, with versions that an interpreter is asked for only once."""
    asked = Wish(
        lanes=(SOUND,), scenarios=("hello",), users=(10,), rounds=3, seconds=0.5, seed=1, server_cores=None,
        stack="current",
    )  # fmt: skip
    return about.run(asked, Cores(servers=frozenset({1}), others=frozenset({0})))


def summary(rounds: int = 6, *, tied: bool = False) -> Summary:
    """One sound lane, one that was too fast for the generator, and one that contradicts Little's law.

    Where `tied`, another sound one is as fast as the first.
    """
    ledger = Ledger([subject(lane) for lane in (SOUND, BOUND, SICK, *((TWIN,) if tied else ()))])
    for round_number in range(1, rounds + 1):
        ledger.add(record(round_number, [10_000] * 1_000, lane=SOUND))
        ledger.add(record(round_number, [5_000] * 2_000, lane=BOUND, cpu_ns=SECOND_NS))
        ledger.add(record(round_number, [10_000] * 1_000, lane=SICK, concurrency=1.0))
        if tied:
            ledger.add(record(round_number, [10_000] * 1_000, lane=TWIN))
    return conclude(ledger, ceilings={}, rounds={str(HELLO): rounds}, partial=False, warnings=[]).summary


def cell_of(name: str, users: int, **changed: Any) -> tuple[Cell, Detail]:
    """A sound cell of a sweep under `wait`, whose threads run out at 640 requests/s."""
    served = min(users * 20.0, 640.0)
    mean_ms = 50.0 * max(1, users / 32)
    cell = Cell(
        name=name, lane="flask-thread", stack="current", style="sync", workers=1, cores=[1], scenario="wait",
        params={"ms": 50}, users=users, qps=served, concurrency=float(users),
        rt_ms=ResponseTime(mean=mean_ms, p50=50.0, p99=51.0 * max(1, users / 32)), requests=1_000,
        cpu_us_per_request=700.0, rss_bytes=2**26, limiter="threads" if users > 32 else "users", valid=True, reasons=[],
    )  # fmt: skip
    threads = Predicted(limiter="threads", qps=640, formula="32 threads ÷ 50 ms = 640/s")
    alone = Predicted(limiter="users", qps=users * 20, formula=f"{users} users ÷ 50 ms = {users * 20}/s")
    detail = Detail(
        name=name, scenario="wait", users=users, rank=1, rounds=3, qps_per_round=[served] * 3, alone_ms=50.0,
        ceilings=sorted([threads, alone], key=lambda each: each.qps),
    )  # fmt: skip
    return msgspec.structs.replace(cell, **changed), detail


def sweep(names: tuple[str, ...] = (SOUND,), users: tuple[int, ...] = LEVELS) -> Summary:
    """Such lanes over numbers of users."""
    rows = [cell_of(name, count) for count in users for name in names]
    said = [f"wait, {count} user{'' if count == 1 else 's'}: something." for count in users]
    found = Summary(
        schema_version=2, partial=False, cells=[cell for cell, _ in rows], verdicts=[],
        details=[detail for _, detail in rows], sentences=said, warnings=[],
    )  # fmt: skip
    return msgspec.structs.replace(found, curves=curves(found, 1))
