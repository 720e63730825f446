"""CPU time per request of each lane, with intervals."""

from collections.abc import Iterator

from loadtests.report.charts import blocks
from loadtests.report.charts.chart import Chart, spec
from loadtests.report.charts.dots import dots
from loadtests.report.charts.figures import Work, common, ends
from loadtests.report.charts.words import leading

QUESTION = "What does a request cost the server's processes in CPU time?"


def cpu(work: Work) -> Iterator[Chart]:
    """Give the chart, where CPU time was measured; what a request cost holds also where the speed does not."""
    rows = [
        common(point) | ends("cpu_us", point.cell.cpu_us_per_request, point.detail.cpu_us_per_round)
        for point in work.points
    ]
    if not any("cpu_us" in row for row in rows):
        return
    x = blocks.quantity("cpu_us", "CPU per request (µs)", zero=True)
    names, hint = blocks.best_first(rows, "cpu_us", most=False), blocks.hints(cpu_us_told="CPU per request (µs)")
    view = dots(names, work.lanes, x, hint, holds_always=True)
    yield Chart(
        id=f"{work.scenario}-cpu",
        title=f"{work.scenario}: CPU time per request",
        question=QUESTION,
        says=leading(work, "cpu_us_per_request", "µs", most=False),
        group=work.scenario,
        spec=spec(rows, {**blocks.choice(work), **view}, blocks.margin(work.names)),
    )
