"""report.html: one page that needs nothing but a browser, and says all that summary.json and run.json say."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from loadtests.measurement.about import Run
from loadtests.measurement.group import Group, group_of
from loadtests.measurement.result import Cell, Detail, Summary
from loadtests.report.numbers import mebibytes, number, share
from loadtests.report.rows import (
    METRICS,
    Row,
    ceiling,
    evened,
    generator_bound,
    open_because,
    resolution,
    sections,
    served,
    told,
    unbeaten,
)
from loadtests.report.sweep import Sweep, sweeps
from loadtests.scenarios import SCENARIOS


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
        ceiling=_ceiling,
        open_because=open_because,
        resolution=resolution,
    )
    return environment.get_template("report.html.j2")


def _capitalised(text: str) -> str:
    """Return a reason as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def _ceiling(row: Row) -> str:
    return ceiling(*row)


def page(run: Run, summary: Summary) -> str:
    """Return the page of a run."""
    return _template().render(
        run=run,
        summary=summary,
        duet=getattr(summary, "duet", None),
        sections=sections(summary),
        overview=_overview(summary),
        sweeps=_by_scenario(sweeps(summary)),
        sentences=told(summary, summary.sentences),
        warnings=told(summary, summary.warnings),
        bars=_bars(summary),
        unbeaten=unbeaten(summary),
        verdicts=_grouped(summary.verdicts),
        controls=_grouped(summary.controls),
        paces={group: evened(found) for group, found in _grouped(summary.evenness).items()},
        scenarios=SCENARIOS,
        metrics=METRICS,
        machine=msgspec.json.format(msgspec.json.encode(run.machine), indent=1).decode(),
        plan=_plan(run),
        everywhere=_everywhere(run, summary),
    )


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """Lanes down, kinds of work across; a lane that was not measured under one of them has no row there."""

    groups: list[Group]
    names: list[str]
    rows: dict[tuple[Group, str], Row]


def _overview(summary: Summary) -> Overview | None:
    """Return the table of all that was measured, where there is more than one kind of work and no sweep."""
    own = [section for section in sections(summary) if not section.swept]
    rows = {(group, row[0].name): row for section in own for group, found in section.groups.items() for row in found}
    groups = list(dict.fromkeys(group for group, _ in rows))
    if len(groups) < 2:  # noqa: PLR2004 - one group is its own overview
        return None
    return Overview(groups=groups, names=list(dict.fromkeys(cell.name for cell in summary.cells)), rows=rows)


def _by_scenario(found: Iterable[Sweep]) -> dict[str, Sweep]:
    return {each.scenario: each for each in found}


def _bars(summary: Summary) -> dict[tuple[Group, str], float]:
    """Return how long each cell's bar is, in percent of its group's longest."""
    shown = [cell for cell in summary.cells if cell.qps and (cell.valid or generator_bound(cell))]
    return {_place(cell): 100 * (cell.qps or 0.0) / _longest(cell, shown) for cell in shown}


def _longest(cell: Cell, shown: Iterable[Cell]) -> float:
    return max(other.qps or 0.0 for other in shown if group_of(other) == group_of(cell))


def _place(cell: Cell | Detail) -> tuple[Group, str]:
    return (group_of(cell), cell.name)


def _everywhere(run: Run, summary: Summary) -> list[str]:
    """Return the scenarios whose servers had every core, where others had not."""
    names = dict.fromkeys(cell.scenario for cell in summary.cells)
    return [name for name in names if SCENARIOS[name].all_cores and not run.cores.shared]


def _grouped(every: Iterable[Any]) -> dict[Group, list[Any]]:
    """Return verdicts, controls or what else there is by what they belong to."""
    found: dict[Group, list[Any]] = {}
    for each in every:
        found.setdefault(group_of(each), []).append(each)
    return found


def _plan(run: Run) -> dict[str, Any]:
    if run.plan is None:
        return {}
    parts = run.plan.parts()
    return {group: {"parts": parts[group], "timings": run.plan.timings[group]} for group in run.plan.rounds}
