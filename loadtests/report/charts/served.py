"""Requests per second of each lane under one load, beside what its scarcest resource could serve."""

from collections.abc import Iterator

from loadtests.report.charts import blocks
from loadtests.report.charts.chart import Chart, spec
from loadtests.report.charts.dots import dots
from loadtests.report.charts.figures import Point, Work, common, ends, state
from loadtests.report.charts.words import leading
from loadtests.report.numbers import number

QUESTION = "How many requests per second does each lane serve, and how near is that to what was predicted?"


def served(work: Work) -> Iterator[Chart]:
    """Give the chart, where a cell has a figure."""
    rows = [_row(point) for point in work.points]
    if not any("qps" in row and row["state"] != "not valid" for row in rows):
        return
    names = blocks.best_first(rows, "qps", most=True)
    x = blocks.quantity("qps", "requests/s", zero=True)
    hint = blocks.hints(qps_told="requests/s", ceiling_told="predicted ceiling", limiter="limited by")
    ceiling = {
        "mark": {"type": "tick", "thickness": 2, "size": 18, "opacity": 1, "strokeDash": [2, 2]},
        "transform": [{"filter": "isValid(datum.ceiling)"}],
        "encoding": {"x": x | {"field": "ceiling"}, "color": {"value": "#5d6269"}, "tooltip": hint},
    }
    view = dots(names, work.lanes, x, hint, ceiling)
    yield Chart(
        id=f"{work.scenario}-served",
        title=f"{work.scenario}: requests per second (points) and their predicted ceilings (dashes)",
        question=QUESTION,
        says=leading(work, "qps", "requests/s", most=True),
        group=work.scenario,
        spec=spec(rows, {**blocks.choice(work), **view}, blocks.margin(work.names)),
    )


def _row(point: Point) -> dict[str, object]:
    """Return a cell; a ceiling far above what was served would flatten the picture, and is told in words alone."""
    cell = point.cell
    row = common(point) | ends("qps", cell.qps, point.detail.qps_per_round)
    ceiling = next((each for each in point.detail.ceilings if each.limiter != "users"), None)
    if ceiling is not None:
        row["ceiling_told"] = f"{number(ceiling.qps)}/s ({ceiling.formula})"
        if cell.qps and ceiling.qps <= 2 * cell.qps and state(cell) != "not valid":
            row["ceiling"] = ceiling.qps
    return row | ({} if cell.limiter is None else {"limiter": cell.limiter})
