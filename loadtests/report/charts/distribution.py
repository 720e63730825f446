"""How response times are distributed: as shares of requests, and as percentiles."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from hdrh.histogram import HdrHistogram

from loadtests.measurement import histogram
from loadtests.measurement.result import Cell
from loadtests.report.charts import blocks, looks
from loadtests.report.charts.chart import Chart, Rows, Spec, spec
from loadtests.report.charts.evidence import Evidence
from loadtests.report.charts.figures import INVALID, Point, Work, common, state
from loadtests.report.charts.words import first_and_last

SHARES = "Do all requests take about as long, or do some take much longer than others?"
CURVE = "How long does a request take at most, for half of the requests, for 99 % and for the last ones?"
# Bins of a histogram: so many for each factor of ten, about 12 % wide.
_BINS = 20
_PERCENTILES = (
    0, 1, 5, 10, 20, 30, 40, 50, 60, 70, 75, 80, 85, 90, 92.5, 95, 96, 97, 98, 98.5, 99, 99.5, 99.75,
    99.9, 99.95, 99.99,
)  # fmt: skip
_TOLD = "format(100 - 100 / datum.at, '.6~r') + ' % take at most ' + format(datum.ms, ',.3~r') + ' ms'"
_AXIS = "datum.value == 1 ? '0 %' : format(100 - 100 / datum.value, '.6~r') + ' %'"


def distribution(work: Work, evidence: Evidence) -> Iterator[Chart]:
    """Give the histogram and the percentile curve of the cells whose response times are kept."""
    kept = [(point, found) for point in work.points if (found := evidence.latencies(point.cell)) is not None]
    held = [(point, found) for point, found in kept if state(point.cell) != INVALID]
    if not held:
        return
    top = work.under(work.loads[-1])
    waits = first_and_last(top, lambda cell: cell.rt_ms.p99, "ms p99", most=False)
    tails = first_and_last(top, _tail, "times the median at p99", most=False)
    shares = [_shares(point, found) for point, found in held]
    curve = [_curve(point, found) for point, found in held]
    for kind, title, question, says, view in (
        ("histogram", "distribution of response times", SHARES, tails, _ridges(work, shares)),
        ("percentiles", "response times by percentile", CURVE, waits, _lines(work, curve)),
    ):
        yield Chart(
            id=f"{work.scenario}-{kind}",
            title=f"{work.scenario}: {title}",
            question=question,
            says=says,
            group=work.scenario,
            spec=view,
        )


def _tail(cell: Cell) -> float | None:
    """Return how many times as long as half of the requests one in a hundred takes."""
    times = cell.rt_ms
    return times.p99 / times.p50 if times.p99 is not None and times.p50 else None


def _who(point: Point) -> dict[str, object]:
    row = common(point)
    return {key: row[key] for key in ("name", "lane", "load", "variant", "state") if key in row}


def _shares(point: Point, found: HdrHistogram) -> dict[str, Any]:
    """Return the share of a cell's requests in each bin that has some, beside where the bins begin, in milliseconds."""
    counts = np.frombuffer(found.counts, dtype=np.uint64)
    places = np.flatnonzero(counts)
    micros = np.array([found.get_value_from_index(int(place)) for place in places], dtype=float)
    bins = np.floor(np.log10(np.maximum(micros, 1.0)) * _BINS).astype(int)
    filled, which = np.unique(bins, return_inverse=True)
    shares = np.bincount(which, weights=counts[places]) / counts.sum()
    from_ms = [float(f"{10 ** (each / _BINS) / 1e3:.4g}") for each in filled]
    return _who(point) | {"from_ms": from_ms, "share": [float(f"{share:.4g}") for share in shares]}


def _curve(point: Point, found: HdrHistogram) -> dict[str, Any]:
    """Return percentiles in milliseconds, as far as there are requests to show them; `at` is 1 ÷ (1 - percentile)."""
    known = [(percentile, histogram.percentile_us(found, percentile)) for percentile in _PERCENTILES]
    shown = [(percentile, micros / 1e3) for percentile, micros in known if micros is not None]
    at = [float(f"{100 / (100 - percentile):.6g}") for percentile, _ in shown]
    return _who(point) | {"at": at, "ms": [ms for _, ms in shown]}


def _taken_apart(work: Work, fields: Sequence[str], **calculated: str) -> Spec:
    """Return the choice of a load, and rows made of each cell's lists: one for each place in them."""
    chosen = blocks.choice(work)
    more = [{"flatten": list(fields)}, *({"calculate": text, "as": name} for name, text in calculated.items())]
    return chosen | {"transform": [*chosen.get("transform", []), *more]}


def _ridges(work: Work, rows: Rows) -> Spec:
    """Return one small histogram below another, over the same times."""
    hint = [
        {"field": "name", "type": "nominal", "title": "lane"},
        {"field": "from_ms", "type": "quantitative", "title": "from (ms)", "format": ",.3~r"},
        {"field": "to_ms", "type": "quantitative", "title": "to (ms)", "format": ",.3~r"},
        {"field": "share", "type": "quantitative", "title": "of the requests", "format": ".1%"},
    ]
    x = blocks.quantity("from_ms", "response time (ms)", "log") | {"scale": {"type": "log", "nice": False}}
    y = {"field": "share", "type": "quantitative", "axis": None}
    place = {"x": x, "x2": {"field": "to_ms"}, "y": y, "y2": {"datum": 0}, "color": looks.by_framework(work.lanes)}
    header = {"labelAngle": 0, "labelAlign": "left", "labelAnchor": "middle", "title": None, "labelPadding": 4,
              "labelExpr": "split(datum.value, ' ')"}  # fmt: skip
    mark = {"type": "rect", "strokeWidth": 1}
    pale = {"condition": {"test": blocks.HOLDS, "value": 0.85}, "value": 0.15}
    place |= {"stroke": looks.by_framework(work.lanes), "fillOpacity": pale}
    view = {
        "facet": {"row": {"field": "name", "type": "nominal", "sort": work.names, "header": header}},
        "spacing": 4,
        "resolve": {"scale": {"y": "independent"}},
        "spec": {"height": 40, "width": 560, "mark": mark, "encoding": {**place, "tooltip": hint}},
    }
    whole = _taken_apart(work, ("from_ms", "share"), to_ms=f"datum.from_ms * {10 ** (1 / _BINS):.6f}")
    return spec(rows, {**whole, **view}, blocks.margin(work.names, 30))


def _lines(work: Work, rows: Rows) -> Spec:
    look = looks.of_variants(work.variants) if work.variants else looks.of_lanes(work.lanes)
    values = [1, 2, 10, 100, 1_000, 10_000]
    axis = {"title": "percentile", "values": values, "labelExpr": _AXIS, "grid": True}
    x = {"field": "at", "type": "quantitative", "scale": {"type": "log", "nice": False}, "axis": axis}
    y = blocks.quantity("ms", "response time (ms)", "log")
    hint = [
        {"field": "name", "type": "nominal", "title": "lane"},
        {"field": "told", "type": "nominal", "title": "percentile"},
        {"field": "state", "type": "nominal", "title": "state"},
    ]
    line = {"x": x, "y": y, "color": look["color"], "strokeDash": look["strokeDash"]}
    point = {"x": x, "y": y, "color": look["color"], "shape": look["shape"], "tooltip": hint,
             "stroke": looks.without_legends(look)["color"], "fillOpacity": blocks.hollow()}  # fmt: skip
    layers = [
        {"mark": {"type": "line", "strokeWidth": 2}, "encoding": line},
        {"mark": {"type": "point", "filled": True, "opacity": 1, "size": 28}, "encoding": point},
    ]
    view, fitting = blocks.together(work, layers)
    return spec(rows, {**_taken_apart(work, ("at", "ms"), told=_TOLD), **view}, fitting)
