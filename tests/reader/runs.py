"""Run folders made of known cells, for figures that need no measurement."""

from pathlib import Path
from typing import Any

import msgspec

from loadtests.measurement.result import Cell
from tests.loadtests.summaries import cell, summary

MACHINE = {"cpu": "A processor", "cores": [0, 1], "memory_bytes": 8 * 2**30, "virtualisation": "a virtual machine"}


def run(folder: Path, cells: list[Cell], started_at: str = "2026-11-20T10:00:00.000Z", **source: Any) -> Path:
    """Write a run; `source` is the commit that it was made at, and whether files differed from that."""
    about = {
        "started_at": started_at,
        "source": {"commit": None, "dirty": None} | source,
        "machine": {"machine": MACHINE, "findings": []},
    }
    folder.mkdir(parents=True)
    (folder / "run.json").write_bytes(msgspec.json.encode(about))
    (folder / "summary.json").write_bytes(msgspec.json.encode(summary(cells, [])))
    return folder


def whole(scenario: str = "signals", **changed: Any) -> list[Cell]:
    """Cells of one lane of each app, all plain functions."""
    lanes = ("flask-thread", "fastapi-thread", "django-thread")
    return [cell(lane, scenario, qps=100.0 * place, p99=12.5, **changed) for place, lane in enumerate(lanes, start=1)]
