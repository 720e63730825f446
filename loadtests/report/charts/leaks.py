"""Where per-request state leaks: carriers across, lanes down."""

from collections.abc import Iterator
from typing import Any

from loadtests.experiments.context import Leaks, count, per_million
from loadtests.experiments.figures import Figures
from loadtests.measurement.result import Summary
from loadtests.report.charts import blocks, looks
from loadtests.report.charts.chart import Chart, Rows, Spec, spec
from loadtests.report.charts.figures import Point, Work, common
from loadtests.report.numbers import number

QUESTION = "In which lane does which place for per-request state hand one user what belongs to another?"
_MILLION = 1e6
# Narrower, the figures would not fit their fields: the page lets a person scroll instead.
_FLOOR_PX = 470


def leaks(work: Work, summary: Summary) -> Iterator[Chart]:
    """Give leaks per million answers, where the work kept a state and its carrier was varied."""
    if work.scenario != "context" or not work.variants:
        return
    figures = Figures(summary)
    rows = [_row(point, count(figures, point.cell)) for point in work.points]
    if not any("per_million" in row for row in rows):
        return
    yield Chart(
        id="context-leaks",
        title="Leaks of per-request state",
        question=QUESTION,
        says=_says(rows, work.loads[-1].text),
        group=work.scenario,
        spec=spec(rows, {**blocks.choice(work), **_view(work)}, blocks.margin(work.lanes, 0) | {"floor": _FLOOR_PX}),
    )


def _row(point: Point, found: Leaks) -> dict[str, Any]:
    row = common(point) | {"carrier": str(point.cell.params["carrier"]), "lost": found.lost}
    if not found.requests:
        return row | {"label": "–", "told": "no answer showed a state"}
    low, high = per_million(found.leaked, found.requests)
    rate = found.leaked / found.requests * _MILLION
    of = f"{found.leaked:,} of {found.requests:,} answers"
    if not found.leaked:
        told = f"none of {found.requests:,} answers: fewer than {number(_few(high))} per million at 95 %"
        return row | {"per_million": 0.0, "high": high, "label": f"< {_short(high)}", "told": told}
    told = f"{number(_few(rate))} per million [{number(_few(low))}, {number(_few(high))}]: {of}"
    return row | {"per_million": rate, "low": low, "high": high, "label": _short(rate), "told": told}


def _few(value: float) -> float:
    return float(f"{value:.3g}")


def _short(value: float) -> str:
    """Return a rate that fits its field: `456k` of a million."""
    return f"{value / 1e3:,.0f}k" if value >= 1e4 else number(_few(value))  # noqa: PLR2004 - from here on it is long


def _view(work: Work) -> Spec:
    """Return fields that are filled where there was a leak, and empty with the most there may be where none was."""
    carriers = list(dict.fromkeys(str(point.cell.params["carrier"]) for point in work.points))
    words = {"title": None, "labelExpr": "split(replace(datum.label, /[-_]/g, ' '), ' ')",
             "labelAngle": 0, "ticks": False, "domain": False, "labelOverlap": False}  # fmt: skip
    x = {"field": "carrier", "type": "nominal", "sort": carriers, "axis": words}
    y = {"field": "lane", "type": "nominal", "sort": work.lanes,
         "axis": {"title": None, "ticks": False, "domain": False}}  # fmt: skip
    leaked = "datum.per_million > 0"
    hint = blocks.hints(carrier="carrier", told="leaks", lost="lost their state")
    fill = {"condition": {"test": leaked, "value": looks.RED}, "value": "transparent"}
    ink = {"condition": {"test": leaked, "value": looks.LIGHT.paper}, "value": looks.LIGHT.ink}
    text = {"x": x, "y": y, "text": {"field": "label", "type": "nominal"}, "color": ink, "tooltip": hint}
    square = {"type": "rect", "stroke": looks.LIGHT.soft, "strokeWidth": 1}
    return {
        "width": 560,
        "height": {"step": 34},
        "layer": [
            {"mark": square, "encoding": {"x": x, "y": y, "fill": fill, "tooltip": hint}},
            {"mark": {"type": "text", "fontWeight": "bold", "fontSize": 11}, "encoding": text},
        ],
    }


def _says(rows: Rows, load: str) -> str:
    """Name the carriers that leaked under the highest load, and in how many lanes."""
    own = [row for row in rows if row["load"] == load and "per_million" in row]
    lanes: dict[str, list[str]] = {}
    for row in own:
        if row["per_million"]:
            lanes.setdefault(row["carrier"], []).append(row["lane"])
    if not lanes:
        return f"Under {load} no answer of {len(own)} cells held another request's state."
    told = "; ".join(f"{carrier} in {', '.join(names)}" for carrier, names in lanes.items())
    clean = sorted({row["carrier"] for row in own} - set(lanes))
    rest = f" No leak in any lane: {', '.join(clean)}." if clean else ""
    return f"Under {load} state leaked: {told}.{rest}"
