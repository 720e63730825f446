"""Rows of points: a cell in each, with its figure, its interval, and what else lies along the same axis."""

from collections.abc import Sequence

from loadtests.report.charts import blocks, looks
from loadtests.report.charts.chart import Spec
from loadtests.report.charts.figures import BOUND

_SIZE = 70


def dots(
    names: Sequence[str], lanes: Sequence[str], x: Spec, hint: Spec, *more: Spec, holds_always: bool = False
) -> Spec:
    """Return rows of points with intervals, for fields that `figures.ends` made; what does not hold says so.

    `more` are layers below the points. A figure that `holds_always` stands, crossed, also where its cell is not valid.
    """
    field, y, colour = x["field"], blocks.rows_of(names), looks.by_framework(lanes)
    known, place = f"isValid(datum.{field})", {"x": x, "y": y, "color": colour, "tooltip": hint}
    span = {"x": x | {"field": f"{field}_low"}, "x2": {"field": f"{field}_high"}, "y": y, "color": colour}
    has_interval = f"{blocks.SHOWN} && isValid(datum.{field}_high)"
    shown = known if holds_always else f"{blocks.SHOWN} && {known}"
    layers = [
        *({**each, "encoding": {"y": y, **each["encoding"]}} for each in more),
        blocks.layer({"type": "rule", "strokeWidth": 2}, has_interval, span),
        *_points(known, place | {"shape": looks.of_lanes(lanes)["shape"] | {"legend": None}}),
        _named(field, shown, x, y),
        _left_out(f"!({blocks.SHOWN}) && !({shown})", {"y": y, "tooltip": hint}),
    ]
    if holds_always:
        layers.append(blocks.layer(blocks.CROSS, f"!({blocks.SHOWN}) && {known}", place))
    return {"width": 480, "height": blocks.height(names), "layer": layers}


def _points(known: str, place: Spec) -> list[Spec]:
    """Return filled points of what is valid, hollow ones of what is served at least."""
    point: Spec = {"type": "point", "filled": True, "opacity": 1, "size": _SIZE}
    bound = f"datum.state === '{BOUND}' && {known}"
    return [
        blocks.layer(point, f"{blocks.HOLDS} && {known}", place),
        blocks.layer(point | {"filled": False, "strokeWidth": 2}, bound, place),
    ]


def _named(field: str, shown: str, x: Spec, y: Spec) -> Spec:
    """Return the figures beside their points, where neither the interval nor the ceiling runs through them."""
    least = f"(datum.state === '{BOUND}' ? '≥ ' : '') + " if field == "qps" else ""
    end = f"isValid(datum.{field}_high) ? datum.{field}_high : datum.{field}"
    found = [
        {"filter": shown},
        {"calculate": f"{least}format(datum.{field}, datum.{field} < 100 ? ',.3~r' : ',.0f')", "as": "label"},
        {"calculate": f"isValid(datum.ceiling) ? max({end}, datum.ceiling) : {end}", "as": "end"},
    ]
    place = {"x": x | {"field": "end"}, "y": y, "text": {"field": "label", "type": "nominal"}}
    return {"mark": {"type": "text", "align": "left", "dx": 9}, "transform": found, "encoding": place}


def _left_out(where: str, encoding: Spec) -> Spec:
    """Return the words in the row of a cell of which nothing is drawn."""
    mark = {"type": "text", "align": "left", "fontStyle": "italic", "text": "✕ not valid"}
    return blocks.layer(mark, where, encoding | {"x": {"value": 4}})
