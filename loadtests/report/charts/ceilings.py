"""What each lane served over the load, beside what was predicted of it and the law that describes it."""

from collections.abc import Iterator

import numpy as np

from loadtests.measurement.curve import Curve
from loadtests.measurement.result import Summary
from loadtests.measurement.usl import law
from loadtests.report.charts import blocks, looks
from loadtests.report.charts.chart import Chart, Rows, Spec, spec
from loadtests.report.charts.concurrency import LEAST_LOADS, load_axis
from loadtests.report.charts.figures import VALID, Point, Work, common, ends, state
from loadtests.report.numbers import number

QUESTION = "Where does each lane stop serving more, and does what was predicted from one user alone say so?"
# A ceiling this far above all that was measured says nothing in the picture, but would flatten the rest.
_FARTHEST = 3.0
_STEPS = 40
_PANEL_PX = 260


def ceilings(work: Work, summary: Summary) -> Iterator[Chart]:
    """Give one picture a cell: measured, predicted, and the universal scalability law where it was fitted."""
    if len(work.loads) < LEAST_LOADS or work.loads[0].is_open:
        return
    curves = {curve.name: curve for curve in summary.curves if curve.scenario == work.scenario}
    rows: Rows = []
    for name in work.names:
        points = [point for point in work.points if point.cell.name == name]
        rows += [_measured(point) for point in points] + _predicted(points) + _law(curves.get(name), points)
    if not any(row["what"] == "predicted" for row in rows):
        return
    view = {
        "facet": {"field": "name", "type": "nominal", "title": None, "sort": work.names},
        "columns": 3,
        "spec": {"height": 170, "width": 220, "layer": _layers(work)},
        "resolve": {"scale": {"y": "independent"}},
    }
    yield Chart(
        id=f"{work.scenario}-ceilings",
        title=f"{work.scenario}: each lane (solid) and what was predicted of it (dashed)",
        question=QUESTION,
        says=_says(work),
        group=work.scenario,
        spec=spec(rows, view, {"least": _PANEL_PX, "columns": 4, "margin": 92}),
    )


def _measured(point: Point) -> dict[str, object]:
    own = ends("qps", point.cell.qps, point.detail.qps_per_round)
    return common(point) | {"what": "measured", "at": point.load.at} | own


def _predicted(points: list[Point]) -> Rows:
    """Return the line of what is predicted: rising with the users as one alone is answered, up to the ceiling."""
    top = points[-1]
    ceiling = next((each for each in top.detail.ceilings if each.limiter != "users"), None)
    most = max((point.cell.qps or 0.0 for point in points if state(point.cell) == VALID), default=0.0)
    if ceiling is None or ceiling.qps > _FARTHEST * most:
        return []
    first, last, alone_ms = points[0].load.at, top.load.at, top.detail.alone_ms
    knee = ceiling.qps * alone_ms / 1e3 if alone_ms else first
    users = sorted({first, last, *([knee] if first < knee < last else [])})
    row = {"name": top.cell.name, "lane": top.cell.lane, "what": "predicted", "qps_told": ceiling.formula}
    return [row | {"at": at, "qps": min(at * 1e3 / alone_ms, ceiling.qps) if alone_ms else ceiling.qps} for at in users]


def _law(curve: Curve | None, points: list[Point]) -> Rows:
    if curve is None or curve.usl is None:
        return []
    users = np.geomspace(curve.levels[0].users, curve.levels[-1].users, _STEPS)
    fitted = law(users, curve.usl.lam.value, curve.usl.sigma.value, curve.usl.kappa.value)
    row = {"name": curve.name, "lane": points[0].cell.lane, "what": "law"}
    return [row | {"at": float(at), "qps": float(qps)} for at, qps in zip(users, fitted, strict=True)]


def _layers(work: Work) -> list[Spec]:
    x, y = load_axis(work), blocks.quantity("qps", "requests/s", zero=True)
    colour = looks.by_framework(work.lanes)
    shapes = looks.of_lanes(work.lanes)["shape"] | {"legend": None}
    hint = blocks.hints(qps_told="requests/s")
    told = [
        {"field": "name", "type": "nominal", "title": "lane"},
        {"field": "qps_told", "type": "nominal", "title": "predicted"},
    ]
    place = {"x": x, "y": y, "color": colour}
    span = {"x": x, "y": y | {"field": "qps_low"}, "y2": {"field": "qps_high"}, "color": colour}
    ceiling = {"type": "line", "strokeDash": [5, 4], "strokeWidth": 2, "color": looks.LIGHT.soft}
    kept = f"datum.what === 'measured' && {blocks.SHOWN} && isValid(datum.qps)"
    lost = f"datum.what === 'measured' && !({blocks.SHOWN}) && isValid(datum.qps)"
    point = {"type": "point", "filled": True, "opacity": 1, "size": 45}
    filling = {"stroke": colour, "fillOpacity": blocks.hollow()}
    return [
        blocks.layer({"type": "line", "strokeWidth": 7, "opacity": 0.25}, "datum.what === 'law'", place),
        blocks.layer(ceiling, "datum.what === 'predicted'", {"x": x, "y": y, "tooltip": told}),
        blocks.layer({"type": "rule", "opacity": 0.6}, f"{kept} && isValid(datum.qps_high)", span),
        blocks.unbroken("qps", place, "datum.what === 'measured'"),
        blocks.layer(point, kept, place | filling | {"shape": shapes, "tooltip": hint}),
        blocks.layer(blocks.CROSS, lost, place | {"tooltip": hint}),
    ]


def _says(work: Work) -> str:
    """Say of each lane what limits it under the highest load."""
    top = [point for point in work.under(work.loads[-1]) if state(point.cell) == VALID]
    named = [
        f"{point.cell.name} by {point.cell.limiter} at {number(point.cell.qps)}/s"
        for point in top
        if point.cell.limiter
    ]
    if not named:
        return "Under the highest load no lane is near a predicted ceiling, so what limits them is not known."
    return f"Under {work.loads[-1].text} limited: {', '.join(named)}."
