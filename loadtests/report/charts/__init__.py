"""The charts of a report: what a run's figures look like, for the page and as files."""

from collections.abc import Iterator
from pathlib import Path

from loadtests.measurement.about import Run
from loadtests.measurement.result import Summary
from loadtests.report.charts.ceilings import ceilings
from loadtests.report.charts.chart import Chart
from loadtests.report.charts.concurrency import concurrency
from loadtests.report.charts.connections import connections
from loadtests.report.charts.cpu import cpu
from loadtests.report.charts.distribution import distribution
from loadtests.report.charts.evidence import Evidence
from loadtests.report.charts.figures import Work, works
from loadtests.report.charts.files import write
from loadtests.report.charts.leaks import leaks
from loadtests.report.charts.memory import memory
from loadtests.report.charts.page_script import script
from loadtests.report.charts.served import served
from loadtests.report.charts.signal_cost import signal_cost, signal_growth
from loadtests.report.charts.timeline import timeline
from loadtests.report.charts.tradeoff import tradeoff
from loadtests.report.charts.writes import writes

__all__ = ["Chart", "charts", "script", "write"]

_OF_WORK = (writes, tradeoff, served, concurrency, signal_growth, cpu, memory)


def charts(run: Run, summary: Summary, folder: Path | None = None) -> list[Chart]:
    """Return the charts of a run, only those that it has figures for, one kind of work after another.

    The distributions, the connections over time and the time line need the run's `folder` with its slices and
    histograms; without one they are left out.
    """
    del run
    evidence = Evidence(folder)
    return [*(chart for work in works(summary) for chart in _of(work, summary, evidence)), *timeline(evidence)]


def _of(work: Work, summary: Summary, evidence: Evidence) -> Iterator[Chart]:
    for find in (leaks, signal_cost):
        yield from find(work, summary)
    for make in _OF_WORK:
        yield from make(work)
    yield from ceilings(work, summary)
    yield from distribution(work, evidence)
    yield from connections(work, evidence)
