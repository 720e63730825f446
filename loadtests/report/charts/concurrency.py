"""Requests per second and p99 of each lane against the load."""

from collections.abc import Iterator, Sequence

from loadtests.report.charts import blocks, looks
from loadtests.report.charts.chart import Chart, Rows, Spec, spec
from loadtests.report.charts.figures import Point, Work, common, ends
from loadtests.report.charts.words import first_and_last, leading

# So many loads make a curve; fewer are a comparison.
LEAST_LOADS = 3


def concurrency(work: Work) -> Iterator[Chart]:
    """Give requests per second and p99 against users, or against arrivals where the load was open."""
    loads = work.loads
    if len(loads) < LEAST_LOADS:
        return
    rows = [
        common(point)
        | {"at": point.load.at}
        | ends("qps", point.cell.qps, point.detail.qps_per_round)
        | ends("p99", point.cell.rt_ms.p99, _p99_per_round(point))
        for point in work.points
    ]
    against = "arrivals" if loads[0].is_open else "users"
    asked = "more arrive" if loads[0].is_open else "more users ask at the same time"
    figures = {
        "qps": ("requests per second", "requests/s", f"What does each lane serve when {asked}?", "qps"),
        "p99": ("p99", "p99 (ms)", f"How long does one request in a hundred take when {asked}?", "p99"),
    }
    for field, (title, unit, question, of_cell) in figures.items():
        yield Chart(
            id=f"{work.scenario}-{field}-{against}",
            title=f"{work.scenario}: {title} against {against}",
            question=question,
            says=_says(work, of_cell, unit),
            group=work.scenario,
            spec=_curves(work, rows, field, unit),
        )


def _p99_per_round(point: Point) -> Sequence[float | None]:
    """Return what the interval of a p99 rests on: nothing where slow rounds have too few requests to have one."""
    return () if point.detail.rounds_without_p99 else point.detail.p99_ms_per_round


def _says(work: Work, field: str, unit: str) -> str:
    if field == "qps":
        return leading(work, "qps", unit, most=True)
    return first_and_last(work.under(work.loads[-1]), lambda cell: cell.rt_ms.p99, "ms p99", most=False)


def _curves(work: Work, rows: Rows, field: str, unit: str) -> Spec:
    """Return the curves of all lanes in one picture; where lanes have variants, one picture a lane."""
    own = [{key: value for key, value in row.items() if not key.startswith(_other(field))} for row in rows]
    layers = curve(field, unit, work, blocks.scale_of(rows, field))
    return spec(own, *blocks.together(work, layers))


def _other(field: str) -> str:
    return {"qps": "p99", "p99": "qps"}[field]


def curve(field: str, unit: str, work: Work, kind: str, *, x: Spec | None = None) -> list[Spec]:
    """Return lines with points and intervals: filled where they hold, hollow as lower bounds, crosses if not valid."""
    # Where something else than the load lies across, the variants lie there.
    by_variant = bool(work.variants) and x is None
    look = looks.of_variants(work.variants) if by_variant else looks.of_lanes(work.lanes)
    x = x or load_axis(work)
    y = blocks.quantity(field, unit, kind, zero=True)
    hint = blocks.hints(**{f"{field}_told": unit})
    plain = looks.without_legends(look)
    place = {"x": x, "y": y, "tooltip": hint}
    known = f"isValid(datum.{field})"
    bound = f"{blocks.SHOWN} && !({blocks.HOLDS}) && {known}"
    span = {"x": x, "y": y | {"field": f"{field}_low"}, "y2": {"field": f"{field}_high"}, "color": plain["color"]}
    line = {"x": x, "y": y, "color": look["color"], "strokeDash": look["strokeDash"]}
    point: Spec = {"type": "point", "filled": True, "opacity": 1, "size": 60}
    return [
        blocks.layer({"type": "rule", "opacity": 0.6}, f"{blocks.SHOWN} && isValid(datum.{field}_high)", span),
        blocks.unbroken(field, line),
        blocks.layer(point, f"{blocks.HOLDS} && {known}", {**place, "color": look["color"], "shape": look["shape"]}),
        blocks.layer(
            point | {"filled": False, "strokeWidth": 2},
            bound,
            {**place, "color": plain["color"], "shape": plain["shape"]},
        ),
        blocks.layer(
            blocks.CROSS,
            f"!({blocks.SHOWN}) && {known}",
            {**place, "color": plain["color"]},
        ),
    ]


def load_axis(work: Work) -> Spec:
    """Return the axis of loads, with a tick at each that was measured."""
    loads = work.loads
    title = "arrivals per second" if loads[0].is_open else "users at the same time"
    axis = {"title": title, "values": [load.at for load in loads], "format": ",~r", "grid": False}
    return {"field": "at", "type": "quantitative", "scale": {"type": "log", "nice": False, "padding": 12}, "axis": axis}
