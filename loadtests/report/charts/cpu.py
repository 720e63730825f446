"""CPU time per request of each lane, with intervals."""

from collections.abc import Iterator

from loadtests.report.charts import blocks
from loadtests.report.charts.chart import Chart, spec
from loadtests.report.charts.figures import Work, common, ends
from loadtests.report.charts.words import leading

QUESTION = "What does a request cost the server's processes in CPU time?"


def cpu(work: Work) -> Iterator[Chart]:
    """Give the chart, where CPU time was measured."""
    rows = [
        common(point) | ends("cpu_us", point.cell.cpu_us_per_request, point.detail.cpu_us_per_round)
        for point in work.points
    ]
    if not any("cpu_us" in row and row["state"] != "not valid" for row in rows):
        return
    x = blocks.quantity("cpu_us", "CPU per request (µs)", zero=True)
    view = blocks.dots(
        blocks.best_first(rows, "cpu_us", most=False), work.lanes, x, blocks.hints(cpu_us_told="CPU per request (µs)")
    )
    yield Chart(
        id=f"{work.scenario}-cpu",
        title=f"{work.scenario}: CPU time per request",
        question=QUESTION,
        says=leading(work, "cpu_us_per_request", "µs", most=False),
        group=work.scenario,
        spec=spec(rows, {**blocks.choice(work), **view}, blocks.margin(work.names)),
    )
