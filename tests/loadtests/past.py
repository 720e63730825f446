"""Runs of made-up figures, as folders on disk."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from loadtests.measurement.result import SCHEMA_VERSION, Cell, Detail, Reason, ResponseTime, Summary
from loadtests.measurement.store import RUN, SUMMARY

Rounds = Mapping[str, Sequence[float | None]]


def cell(name: str = "flask-thread", **changed: Any) -> Cell:
    figures: dict[str, Any] = {
        "name": name,
        "lane": name.split(maxsplit=1)[0],
        "stack": "current",
        "style": "sync",
        "workers": 1,
        "cores": [1],
        "scenario": "hello",
        "params": {},
        "users": 64,
        "qps": 1000.0,
        "rt_ms": ResponseTime(mean=60.0, p50=58.0, p99=90.0, max=120.0),
        "requests": 10_000,
        "cpu_us_per_request": 400.0,
        "valid": True,
        "reasons": [],
    }
    return Cell(**(figures | changed))


NOISY = Reason(check="drift", reason="the load drifted by 30 %", remedy="repeat the run")


def detail(of: Cell, qps: Sequence[float | None]) -> Detail:
    """The rounds of a cell: its CPU time per request moves against its QPS, its p99 stays; None is no slice."""
    return Detail(
        name=of.name,
        scenario=of.scenario,
        users=of.users,
        rate=of.rate,
        rounds=sum(each is not None for each in qps),
        qps_per_round=list(qps),
        cpu_us_per_round=[each and 4e5 / each for each in qps],
        p99_ms_per_round=[each and 90.0 for each in qps],
    )


def tailless(found: Summary, name: str, *numbers: int) -> Summary:
    """The same, but in these rounds a lane answered too few requests for a p99."""
    details = [
        msgspec.structs.replace(
            each,
            p99_ms_per_round=[None if at in numbers else p99 for at, p99 in enumerate(each.p99_ms_per_round, 1)],
        )
        if each.name == name
        else each
        for each in found.details
    ]
    return msgspec.structs.replace(found, details=details)


def summary(cells: Sequence[Cell], rounds: Rounds | None = None, *, partial: bool = False) -> Summary:
    known = rounds or {}
    return Summary(
        schema_version=SCHEMA_VERSION,
        partial=partial,
        cells=list(cells),
        verdicts=[],
        details=[detail(each, known.get(each.name, [each.qps or 0.0] * 10)) for each in cells],
        sentences=[],
        warnings=[],
    )


def about(**changed: Any) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "started_at": "2026-01-01T00:00:00Z",
        "wish": {"seed": 1, "stack": "current", "seconds": 0.5},
        "cores": {"servers": [1], "others": [0]},
        "stack_versions": {"Flask": "3.1.3"},
        "source": {"commit": "a" * 40, "dirty": False},
        "machine": {"machine": {"cpu": "CPU 9000", "system": "Linux x86_64", "kernel": "6.18"}},
    } | changed


def written(folder: Path, found: Summary, run: dict[str, Any] | None = None) -> Path:
    folder.mkdir()
    (folder / RUN).write_bytes(msgspec.json.encode(run or about()))
    (folder / SUMMARY).write_bytes(msgspec.json.encode(found))
    return folder
