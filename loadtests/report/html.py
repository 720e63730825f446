"""report.html: one page that needs nothing but a browser, and says all that summary.json and run.json say."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from loadtests.measurement import verdicts
from loadtests.measurement.about import Run
from loadtests.measurement.plan import Group
from loadtests.measurement.result import Cell, Summary, Verdict, group_of
from loadtests.report.numbers import mebibytes, number, share
from loadtests.report.terminal import generator_bound, groups, served
from loadtests.scenarios import SCENARIOS

METRICS = {"qps": "requests/s", "cpu_us_per_request": "CPU per request", "p99_ms": "p99"}


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("loadtests", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=number,
        share=share,
        mebibytes=mebibytes,
        capitalised=_capitalised,
        served=served,
        why_open=_why_open,
    )
    return environment.get_template("report.html.j2")


def _capitalised(text: str) -> str:
    """Return a reason as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def _why_open(verdict: Verdict) -> str:
    """Return why a pair has no interval, or nothing where it has one."""
    if verdict.low is not None:
        return ""
    return ": too few requests" if verdict.metric == verdicts.PER_BLOCK.name else ": too few rounds"


def page(run: Run, summary: Summary) -> str:
    """Return the page of a run."""
    return _template().render(
        run=run,
        summary=summary,
        groups=groups(summary),
        bars=_bars(summary),
        verdicts=_verdicts(summary),
        scenarios=SCENARIOS,
        metrics=METRICS,
        machine=msgspec.json.format(msgspec.json.encode(run.machine), indent=1).decode(),
        plan=_plan(run),
        everywhere=_everywhere(run, summary),
    )


def _bars(summary: Summary) -> dict[tuple[Group, str], float]:
    """Return how long each cell's bar is, in percent of its group's longest."""
    shown = [cell for cell in summary.cells if cell.qps and (cell.valid or generator_bound(cell))]
    return {_place(cell): 100 * (cell.qps or 0.0) / _longest(cell, shown) for cell in shown}


def _longest(cell: Cell, shown: Iterable[Cell]) -> float:
    return max(other.qps or 0.0 for other in shown if group_of(other) == group_of(cell))


def _place(cell: Cell) -> tuple[Group, str]:
    return (group_of(cell), cell.name)


def _everywhere(run: Run, summary: Summary) -> list[str]:
    """Return the scenarios whose servers had every core, where others had not."""
    names = dict.fromkeys(cell.scenario for cell in summary.cells)
    return [name for name in names if SCENARIOS[name].all_cores and not run.cores.shared]


def _verdicts(summary: Summary) -> dict[Group, list[Verdict]]:
    found: dict[Group, list[Verdict]] = {}
    for verdict in summary.verdicts:
        found.setdefault(group_of(verdict), []).append(verdict)
    return found


def _plan(run: Run) -> dict[str, Any]:
    if run.plan is None:
        return {}
    return {group: {"rounds": count, "timings": run.plan.timings[group]} for group, count in run.plan.rounds.items()}
