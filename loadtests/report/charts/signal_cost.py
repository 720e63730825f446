"""What one more receiver of a signal costs."""

from collections.abc import Iterator
from typing import Any

from loadtests.experiments.figures import Figures
from loadtests.experiments.signals import Slope, slope
from loadtests.measurement.result import Summary
from loadtests.report.charts import blocks
from loadtests.report.charts.chart import Chart, Rows, spec
from loadtests.report.charts.concurrency import curve
from loadtests.report.charts.dots import dots
from loadtests.report.charts.figures import VALID, Point, Work, common, ends, state
from loadtests.report.numbers import number

COST = "What does one more receiver of a signal cost in CPU time?"
GROWTH = "How does the CPU time of a request grow with the receivers of its signals?"


def signal_cost(work: Work, summary: Summary) -> Iterator[Chart]:
    """Give the cost of a receiver and the CPU time over receivers, where their number was varied."""
    if work.scenario != "signals" or not work.variants:
        return
    rows = [row for lane in work.lanes if (row := _cost(work, Figures(summary), lane)) is not None]
    if rows:
        x = blocks.quantity("us", "CPU per receiver (µs)", zero=True)
        names = blocks.best_first(rows, "us", most=False)
        view = dots(names, work.lanes, x, blocks.hints(us_told="µs per receiver", between="between"))
        yield Chart(
            id="signals-cost",
            title="Cost of a receiver",
            question=COST,
            says=_says(rows),
            group=work.scenario,
            spec=spec(rows, view, blocks.margin(names)),
        )


def _cost(work: Work, figures: Figures, lane: str) -> dict[str, Any] | None:
    """Return what a receiver costs under the highest load, between the fewest and the most that hold."""
    points = [point for point in work.under(work.loads[-1]) if point.cell.lane == lane and state(point.cell) == VALID]
    points.sort(key=_receivers)
    found = slope(figures, points[0].cell, points[-1].cell) if len(points) > 1 else None
    if found is None:
        return None
    between = f"{_receivers(points[0])} and {_receivers(points[-1])} receivers"
    row = common(points[0]) | {"name": lane, "us": found.us, "us_told": _told(found), "between": between}
    row.pop("variant", None)
    return row | ({} if found.low is None or found.high is None else {"us_low": found.low, "us_high": found.high})


def _told(found: Slope) -> str:
    if found.low is None or found.high is None:
        return f"{found.us:,.2f} [no interval]"
    return f"{found.us:,.2f} [{found.low:,.2f}, {found.high:,.2f}], {found.verdict}"


def _receivers(point: Point) -> int:
    return int(point.cell.params["receivers"])


def _says(rows: Rows) -> str:
    least, most = min(rows, key=lambda row: float(row["us"])), max(rows, key=lambda row: float(row["us"]))
    return f"From {_cost_of(least)} to {_cost_of(most)} for each receiver."


def _cost_of(row: dict[str, Any]) -> str:
    interval = f"[{row['us_low']:,.2f}, {row['us_high']:,.2f}]" if "us_low" in row else "[no interval]"
    return f"{row['us']:,.2f} µs {interval} ({row['name']})"


def signal_growth(work: Work) -> Iterator[Chart]:
    """Give the CPU time of a request over the number of receivers."""
    if work.scenario != "signals" or not work.variants:
        return
    rows = [
        common(point)
        | {"at": _receivers(point)}
        | ends("cpu_us", point.cell.cpu_us_per_request, point.detail.cpu_us_per_round)
        for point in work.points
    ]
    for row in rows:
        row.pop("variant", None)
    x = {"field": "at", "type": "quantitative", "axis": {"title": "receivers", "grid": False}}
    layers = curve("cpu_us", "CPU per request (µs)", work, "linear", x=x)
    yield Chart(
        id="signals-growth",
        title="CPU time over receivers",
        question=GROWTH,
        says=_grown(rows),
        group=work.scenario,
        spec=spec(rows, {**blocks.choice(work), **blocks.FIT, "height": 320, "layer": layers}),
    )


def _grown(rows: Rows) -> str:
    held = [row for row in rows if row["state"] == VALID and "cpu_us" in row]
    if not held:
        return "No cell has a figure that holds."
    least, most = min(held, key=lambda row: row["cpu_us"]), max(held, key=lambda row: row["cpu_us"])
    ends_told = [f"{number(row['cpu_us'])} µs ({row['name']})" for row in (least, most)]
    return f"From {' to '.join(ends_told)} a request."
