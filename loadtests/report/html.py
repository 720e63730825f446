"""report.html: one page that needs nothing but a browser, and says all that summary.json and run.json say."""

from functools import cache
from typing import Any

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from loadtests.measurement.about import Run
from loadtests.measurement.result import Summary, Verdict, failed
from loadtests.report.numbers import mebibytes, number, share
from loadtests.report.terminal import groups
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
    environment.filters.update(number=number, share=share, mebibytes=mebibytes, failed=failed, capitalised=_capitalised)
    return environment.get_template("report.html.j2")


def _capitalised(text: str) -> str:
    """Return a reason as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


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
    )


def _bars(summary: Summary) -> dict[tuple[str, int], float]:
    """Return each group's largest QPS, which the bars are drawn against."""
    largest: dict[tuple[str, int], float] = {}
    for cell in summary.cells:
        place = (cell.scenario, cell.users)
        largest[place] = max(largest.get(place, 0.0), cell.qps or 0.0 if cell.valid else 0.0)
    return largest


def _verdicts(summary: Summary) -> dict[tuple[str, int], list[Verdict]]:
    found: dict[tuple[str, int], list[Verdict]] = {}
    for verdict in summary.verdicts:
        found.setdefault((verdict.scenario, verdict.users), []).append(verdict)
    return found


def _plan(run: Run) -> dict[str, Any]:
    if run.plan is None:
        return {}
    return {group: {"rounds": count, "timings": run.plan.timings[group]} for group, count in run.plan.rounds.items()}
