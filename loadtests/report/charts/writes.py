"""Transactions per second against the updates that are lost: what each lock writes, and what of it stands."""

from collections.abc import Iterator
from typing import Any

from loadtests.measurement.contradiction import lost_of
from loadtests.report.charts import blocks, looks
from loadtests.report.charts.chart import Chart, Rows, Spec, spec
from loadtests.report.charts.figures import Point, Work, common, state
from loadtests.report.numbers import number

QUESTION = "How many writes per second does each lock answer, and how many of them are lost?"
STAND, LOST = "stand", "are lost"


def writes(work: Work) -> Iterator[Chart]:
    """Give writes per second, split into those that stand and those that are lost, where writes were audited."""
    points = [point for point in work.points if _known(point)]
    if not points:
        return
    rows = [row for point in points for row in _rows(point)]
    names = list(dict.fromkeys(row["name"] for row in rows))
    yield Chart(
        id=f"{work.scenario}-lost",
        title=f"{work.scenario}: writes per second and lost updates",
        question=QUESTION,
        says=_says([point for point in points if point.load.text == work.loads[-1].text]),
        group=work.scenario,
        spec=spec(rows, {**blocks.choice(work), **_view(names)}, blocks.margin(names, 90)),
    )


def _known(point: Point) -> bool:
    """Tell whether it is known of a cell what was written; where more is there than was sent, nothing is."""
    audit = point.cell.audit
    return audit is not None and audit.answered > 0 and not audit.too_many and point.cell.qps is not None


def _rows(point: Point) -> Rows:
    """Return what stands and what is lost, in writes per second; where failures may hide some, at least so many."""
    cell, audit = point.cell, point.cell.audit
    if audit is None or cell.qps is None:
        return []
    share = audit.lost / audit.answered
    told = {"answered": number(cell.qps), "lost_told": f"{lost_of(audit)} of {audit.answered:,}", "share": share}
    who = common(point) | told | {"label": f"{share:.0%} lost" if share >= 0.01 else f"{lost_of(audit)} lost"}  # noqa: PLR2004
    parts: dict[str, float] = {STAND: cell.qps * (1 - share), LOST: cell.qps * share}
    return [who | {"part": part, "per_s": value} for part, value in parts.items() if value]


def _view(names: list[str]) -> Spec:
    """Return bars: filled is what stands, outlined what is lost."""
    order = [STAND, LOST]
    x = blocks.length("per_s", "writes per second") | {"stack": "zero"}
    y = blocks.rows_of(names)
    fill: Spec = {"field": "part", "type": "nominal", "legend": {"title": None, "symbolStrokeWidth": 2},
                  "scale": {"domain": order, "range": [looks.BLUE, "transparent"]}}  # fmt: skip
    stroke: Spec = fill | {"scale": {"domain": order, "range": [looks.BLUE, looks.RED]}}
    hint = blocks.hints(answered="answered per second", lost_told="lost")
    pale = {"condition": {"test": blocks.HOLDS, "value": 1}, "value": 0.15}
    bar = {"x": x, "y": y, "fill": fill, "stroke": stroke, "fillOpacity": pale, "tooltip": hint,
           "order": {"field": "part", "sort": "descending"}}  # fmt: skip
    text: dict[str, Any] = {"type": "text", "align": "left", "dx": 6}
    total = {"aggregate": [{"op": "sum", "field": "per_s", "as": "sum"}], "groupby": ["name", "label", "state"]}
    end = {"x": blocks.length("sum", "writes per second"), "y": y, "text": {"field": "what", "type": "nominal"}}
    what = "datum.label + (datum.state === 'valid' ? '' : ' ✕ not valid')"
    return {
        "width": 480,
        "height": blocks.height(names),
        "layer": [
            {"mark": {"type": "bar", "height": 14, "strokeWidth": 2}, "encoding": bar},
            {"mark": text, "transform": [total, {"calculate": what, "as": "what"}], "encoding": end},
        ],
    }


def _says(points: list[Point]) -> str:
    """Name the cells that lost writes, and the one that answered most without losing any."""
    lossy = [point for point in points if point.cell.audit is not None and point.cell.audit.lost]
    shares = [
        (point.cell.audit.lost / point.cell.audit.answered, point.cell.name) for point in lossy if point.cell.audit
    ]
    safe = [p for p in points if state(p.cell) == "valid" and p.cell.audit is not None and p.cell.audit.none_lost]
    best = max(safe, key=lambda point: point.cell.qps or 0.0, default=None)
    lost = f"Lost: {', '.join(f'{share:.0%} by {name}' for share, name in shares)}." if shares else "No write was lost."
    kept = "" if best is None else f" Most without a loss: {best.cell.name} ({number(best.cell.qps)} writes/s)."
    at = f" Under {points[0].load.text}." if points else ""
    return f"{lost}{kept}{at}"
