"""report.html: one page that needs nothing but a browser, and says all that summary.json and run.json say."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from markupsafe import Markup

from loadtests.experiments.table import EXPERIMENTS
from loadtests.measurement.about import Run
from loadtests.measurement.group import Group, file_stem, group_of
from loadtests.measurement.result import Cell, Detail, Summary
from loadtests.measurement.store import read_records
from loadtests.measurement.verdict import Verdict
from loadtests.report import charts as drawing
from loadtests.report.answers import answers
from loadtests.report.charts import Chart
from loadtests.report.code import Code, code, place
from loadtests.report.facts import facts, unequal
from loadtests.report.glossary import WORDS, worked
from loadtests.report.index import Index
from loadtests.report.overview import overviews
from loadtests.report.rows import METRICS, Section, generator_bound, sections, told, unbeaten
from loadtests.report.templates import template
from loadtests.report.timeline import timeline, words
from loadtests.report.works import works
from loadtests.scenarios import SCENARIOS

_TIME_LINE = "timeline"


def page(run: Run, summary: Summary, folder: Path | None = None, *, beside: bool = True) -> str:
    """Return the page of a run; without its `folder`, which holds the slices, it has no time line.

    `beside`: it will stand in that folder, so what else is there can be reached from it by its name.
    """
    found, own_code, elsewhere = sections(summary), code(summary, run.source), _elsewhere(run, summary)
    drawn = drawing.charts(run, summary, folder)
    line = None if folder is None else timeline(read_records(folder))
    duet = getattr(summary, "duet", None)
    index = Index(summary)
    return template("report.html.j2").render(
        run=run,
        summary=summary,
        duet=duet,
        title=f"{run.wish.experiment or 'comparison'}, {run.started_at[:16].replace('T', ' ')}",
        heading=_heading(run, summary),
        measured=_measured(summary),
        contents=_contents(summary, found),
        foremost=_foremost(run, summary),
        question=EXPERIMENTS[run.wish.experiment].question if run.wish.experiment in EXPERIMENTS else "",
        works=[] if duet else works(answers(summary)),
        overviews=overviews(summary),
        sections=found,
        index=index,
        charts=_placed(drawn, found),
        specs=_specs(drawn),
        chart_script=Markup(drawing.script()) if drawn else "",  # noqa: S704 - a program of this project
        sentences=told(summary, [] if _foremost(run, summary) else summary.sentences, by_group=True),
        warnings=told(summary, summary.warnings, by_group=True),
        bars=_bars(summary),
        unbeaten=unbeaten(summary),
        verdicts=_grouped(sorted(summary.verdicts, key=_by_metric)),
        controls=_grouped(summary.controls),
        paces={group: index.evened(each) for group, each in _grouped(summary.evenness).items()},
        scenarios=SCENARIOS,
        metrics=METRICS,
        facts=facts(run, summary),
        unequal=unequal(summary),
        plan=_plan(run),
        timeline=line,
        told_timeline="" if line is None else words(line),
        code=own_code,
        code_link=_linked(own_code, elsewhere),
        elsewhere=elsewhere,
        source_b=getattr(run, "source_b", None),
        flame=_flames(run, "" if beside or folder is None else f"{folder.resolve().as_uri()}/"),
        words=WORDS,
        worked=worked(summary),
    )


def _heading(run: Run, summary: Summary) -> str:
    if getattr(summary, "duet", None):
        return "What one change does, measured at the same moment"
    if run.wish.experiment is not None:
        return f"The experiment “{run.wish.experiment}”"
    return "Which lane serves which kind of work better"


def _measured(summary: Summary) -> str:
    if not summary.cells:
        return "no cell was measured"
    valid, measured = sum(cell.valid for cell in summary.cells), len(summary.cells)
    return f"{valid} of {measured} cell{'s are' if measured > 1 else ' is'} valid"


def _foremost(run: Run, summary: Summary) -> list[str]:
    """Return the run's own sentences where they are the answer: those of an experiment or a duet."""
    return summary.sentences if run.wish.experiment is not None or getattr(summary, "duet", None) else []


def _contents(summary: Summary, found: Sequence[Section]) -> list[tuple[str, str]]:
    tables = [("tables", "The experiment's tables")] if summary.grids else []
    return [
        ("answer", "The answer"),
        *tables,
        ("overview", "At a glance"),
        *((f"work-{each.scenario}", each.scenario) for each in found),
        ("timeline", "How it went"),
        ("control", "The control"),
        ("repeat", "Machine and command"),
        ("how", "How it was measured"),
        ("code", "The code"),
        ("words", "Words"),
    ]


def _placed(drawn: Iterable[Chart], found: Sequence[Section]) -> dict[str, list[Chart]]:
    """Return the charts by where they belong: a kind of work, one load of it, or else the whole run."""
    groups = {str(group) for section in found for group in section.groups}
    known = {section.scenario for section in found} | groups
    placed: dict[str, list[Chart]] = {}
    for chart in drawn:
        at = _TIME_LINE if chart.id == "run-timeline" else chart.group if chart.group in known else ""
        placed.setdefault(at, []).append(chart)
    return placed


def _specs(drawn: Sequence[Chart]) -> Markup:
    """Return the charts' specifications as JSON that cannot end the element it stands in."""
    encoded = msgspec.json.encode(drawn).decode()
    return Markup(encoded.replace("<", "\\u003c"))  # noqa: S704 - nothing in it is a tag any more


def _bars(summary: Summary) -> dict[tuple[Group, str], float]:
    """Return how long each cell's bar is, in percent of its group's longest."""
    shown = [cell for cell in summary.cells if cell.qps and (cell.valid or generator_bound(cell))]
    longest: dict[Group, float] = {}
    for cell in shown:
        longest[group_of(cell)] = max(longest.get(group_of(cell), 0.0), cell.qps or 0.0)
    return {_place(cell): 100 * (cell.qps or 0.0) / longest[group_of(cell)] for cell in shown}


def _place(cell: Cell | Detail) -> tuple[Group, str]:
    return (group_of(cell), cell.name)


def _grouped(every: Iterable[Any]) -> dict[Group, list[Any]]:
    """Return verdicts, controls or what else there is by what they belong to."""
    found: dict[Group, list[Any]] = {}
    for each in every:
        found.setdefault(group_of(each), []).append(each)
    return found


def _by_metric(verdict: Verdict) -> int:
    """Return where a metric stands in the order in which people ask for them."""
    return list(METRICS).index(verdict.metric) if verdict.metric in METRICS else len(METRICS)


def _plan(run: Run) -> dict[str, Any]:
    if run.plan is None:
        return {}
    parts = run.plan.parts()
    return {group: {"parts": parts[group], "timings": run.plan.timings[group]} for group in run.plan.rounds}


def _elsewhere(run: Run, summary: Summary) -> list[str]:
    """Return the names of the cells whose code is of another checkout, as side b of a duet may be."""
    duet = getattr(run, "duet", None)
    return [cell.name for cell in summary.cells[1:]] if duet is not None and duet.b.checkout else []


def _linked(own: Sequence[Code], elsewhere: Sequence[str]) -> Callable[..., str | Markup]:
    """Return what turns a cell's name into a link to the code that answered it, where the page has that."""
    there = {at for each in own for section in each.read.sections for at in each.ids(section)}

    def link(cell: Cell, text: str | Markup = "") -> str | Markup:
        at, shown = None if cell.name in elsewhere else place(cell), text or cell.name
        return Markup('<a href="#{}" title="its code">{}</a>').format(at, shown) if at in there else shown

    return link


def _flames(run: Run, root: str) -> Callable[[Cell], str]:
    """Return what gives the address of a cell's flame graph, nothing where it has none."""

    def flame(cell: Cell) -> str:
        file = run.flames.get(file_stem(cell, cell.name))
        # A lane's factors may hold what an address gives a meaning to.
        return f"{root}{quote(file)}" if file else ""

    return flame
