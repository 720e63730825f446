"""The charts of a report: what a run's figures look like, for the page and as files."""

from collections.abc import Iterator
from pathlib import Path

from loadtests.measurement.about import Run
from loadtests.measurement.result import Summary
from loadtests.report.charts.chart import Chart
from loadtests.report.charts.cpu import cpu
from loadtests.report.charts.figures import Work, works
from loadtests.report.charts.files import write
from loadtests.report.charts.served import served

__all__ = ["Chart", "charts", "write"]

OF_WORK = (served, cpu)


def charts(run: Run, summary: Summary, folder: Path | None = None) -> list[Chart]:
    """Return the charts of a run, only those that it has figures for, one kind of work after another.

    The distributions, the connections over time and the time line need the run's `folder` with its slices and
    histograms; without one they are left out.
    """
    del run, folder
    return [chart for work in works(summary) for chart in _of(work)]


def _of(work: Work) -> Iterator[Chart]:
    for make in OF_WORK:
        yield from make(work)
