"""How lanes look: a colour for each framework, a shape and a line for each concurrency model, on light and on dark.

The colours are those of Okabe and Ito, which people with any kind of colour blindness tell apart, lighter on dark
ground so that each has a contrast of three to one there. No two lanes have both colour and shape in common, as long as
a framework has three of a model at most; all frameworks but the three are one here.
"""

from collections.abc import Sequence

import msgspec

from loadtests.report.charts.chart import Spec
from loadtests.servers import LANES


class Scheme(msgspec.Struct, frozen=True, kw_only=True):
    """Colours on one ground; `marks` stand in one order in every scheme, so that one can be put for another."""

    paper: str
    ink: str
    soft: str
    line: str
    marks: tuple[str, ...]


LIGHT = Scheme(
    paper="#fdfdfb", ink="#1c1e21", soft="#5d6269", line="#dcdcd6",
    marks=("#0072b2", "#00855f", "#c8500a", "#a04484", "#7a6400", "#5a4fcf", "#b3261e", "#4a5560"),
)  # fmt: skip
DARK = Scheme(
    paper="#17191c", ink="#e6e6e3", soft="#9aa0a8", line="#34383d",
    marks=("#56b4e9", "#3fc79a", "#f0954a", "#dd8fc2", "#d8c23c", "#a49cf5", "#ff8f84", "#a7b2bd"),
)  # fmt: skip
SCHEMES = {"light": LIGHT, "dark": DARK}
BLUE, GREEN, ORANGE, _, _, _, RED, GREY = LIGHT.marks
FRAMEWORKS = {"flask": BLUE, "fastapi": GREEN, "django": ORANGE}
# Paths are what Vega has no name for, in a square from -1 to 1: narrow and flat ones, and halves of a circle.
_SHAPES = {
    "process": ("square", "M-.55-1H.55V1H-.55Z", "M-1-.55H1V.55H-1Z"),
    "thread": ("triangle-up", "triangle-down", "triangle-right"),
    "greenlet": ("diamond", "M0-1L.55,0L0,1L-.55,0Z", "M0-.55L1,0L0,.55L-1,0Z"),
    "coroutine": ("circle", "M-1,.5A1,1,0,0,1,1,.5Z", "M-1-.5A1,1,0,0,0,1-.5Z"),
}
_DASHES = {"process": [9, 3], "thread": [1, 0], "greenlet": [2, 2], "coroutine": [7, 2, 2, 2]}
# A lane of somebody's own may be of any framework and model.
_OWN_SHAPES, _OWN_DASH = ("cross", "triangle-left", "M-1-1L1,1H-1L1-1Z"), [4, 4]
# Of variants of one lane: more than so many lines in one picture nobody tells apart.
_VARIANTS = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "triangle-right", "triangle-left")
_VARIANT_DASHES = ([1, 0], [9, 3], [2, 2], [7, 2, 2, 2], [4, 4], [12, 4], [1, 3], [5, 1])


def shape(lane: str) -> str:
    """Return the shape of a lane's points: of its model, and another one where its colour has that one already."""
    shapes = _shapes(lane)
    alike = [each for each in LANES if (_framework(each), _shapes(each)) == (_framework(lane), shapes)]
    return shapes[alike.index(lane) % len(shapes)]


def _shapes(lane: str) -> tuple[str, ...]:
    return _SHAPES.get(LANES[lane].model, _OWN_SHAPES)


def _framework(lane: str) -> str:
    return FRAMEWORKS.get(LANES[lane].app, GREY)


def of_lanes(lanes: Sequence[str]) -> Spec:
    """Return colour, shape and dash of lines and points by the field `lane`; the legend shows colour and shape."""
    order = list(lanes)
    return {
        "color": _scale("lane", order, [_framework(lane) for lane in order]),
        "shape": _scale("lane", order, [shape(lane) for lane in order]),
        "strokeDash": _scale("lane", order, [_DASHES.get(LANES[lane].model, _OWN_DASH) for lane in order]),
    }


def without_legends(look: Spec) -> Spec:
    """Return the same looks for a layer that only repeats what another one's legend says."""
    return {name: {key: value for key, value in each.items() if key != "legend"} for name, each in look.items()}


def of_variants(variants: Sequence[str]) -> Spec:
    """Return colour, shape and dash by the field `variant`, for pictures of one lane each."""
    order = list(variants)
    return {
        "color": _scale("variant", order, _turns(LIGHT.marks, len(order))),
        "shape": _scale("variant", order, _turns(_VARIANTS, len(order))),
        "strokeDash": _scale("variant", order, _turns(_VARIANT_DASHES, len(order))),
    }


def by_framework(lanes: Sequence[str]) -> Spec:
    """Return the colour of a row whose lane is named beside it: no legend is needed."""
    scale = {"domain": list(lanes), "range": [_framework(lane) for lane in lanes]}
    return {"field": "lane", "type": "nominal", "scale": scale, "legend": None}


def _turns(marks: Sequence[object], count: int) -> list[object]:
    return [marks[place % len(marks)] for place in range(count)]


def _scale(field: str, domain: list[str], looks: Sequence[object]) -> Spec:
    return {
        "field": field,
        "type": "nominal",
        "scale": {"domain": domain, "range": list(looks)},
        "legend": {"title": None, "symbolSize": 80, "symbolStrokeWidth": 0},
    }


def config(scheme: Scheme) -> Spec:
    """Return Vega-Lite's settings for one ground."""
    words = {"labelColor": scheme.ink, "titleColor": scheme.soft, "labelFontSize": 12, "titleFontSize": 12}
    return {
        "background": scheme.paper,
        "font": "system-ui, 'DejaVu Sans', sans-serif",
        "aria": False,
        "view": {"stroke": None},
        "axis": {
            **words, "titleFontWeight": "normal", "gridColor": scheme.line, "domainColor": scheme.soft,
            "tickColor": scheme.soft, "labelLimit": 260, "labelOverlap": "greedy", "labelSeparation": 8,
        },
        "legend": {
            **words, "orient": "bottom", "symbolOpacity": 1, "labelLimit": 260,
            "columnPadding": 16,
        },
        "header": {**words, "labelFontWeight": "bold"},
        "text": {"color": scheme.ink, "fontSize": 12},
        "rule": {"color": scheme.soft},
        "range": {"category": list(scheme.marks)},
    }  # fmt: skip
