"""Building blocks of the specifications: axes, hints, a choice of loads, and rows of points with their intervals."""

from collections.abc import Sequence

from loadtests.report.charts import looks
from loadtests.report.charts.chart import HEIGHT_PX, Fitting, Rows, Spec
from loadtests.report.charts.figures import BOUND, INVALID, VALID, Work

STEP_PX = 26
_VARIANT_STEP_PX = 36
_SIZE = 70
_PANEL_PX = 330
_LETTER_PX = 7
FIT = {"autosize": {"type": "fit-x", "contains": "padding"}, "width": 720}
# Below this ratio of the largest to the smallest figure, a linear axis shows all of them.
_LOGARITHMIC_FROM = 20.0
HOLDS = f"datum.state === '{VALID}'"
SHOWN = f"datum.state !== '{INVALID}'"


def quantity(field: str, title: str, kind: str = "linear", *, zero: bool = False) -> Spec:
    """Return an axis of figures; the page may change its scale between linear and logarithmic."""
    scale: Spec = {"type": kind, "nice": True} | ({} if kind == "log" else {"zero": zero})
    axis = {"title": title, "format": ",~r", "tickCount": 6}
    return {"field": field, "type": "quantitative", "scale": scale, "axis": axis}


def length(field: str, title: str) -> Spec:
    """Return an axis of bars, which begin at nothing and have no logarithm."""
    axis = {"title": title, "format": ",~r", "tickCount": 5}
    return {"field": field, "type": "quantitative", "axis": axis}


def scale_of(rows: Rows, field: str) -> str:
    """Return the scale that shows all figures: logarithmic where they are far apart and nothing reaches nothing."""
    known = [row[name] for row in rows for name in (field, f"{field}_low") if name in row and row["state"] != INVALID]
    return "log" if known and min(known) > 0 and max(known) / min(known) >= _LOGARITHMIC_FROM else "linear"


def hints(**fields: str) -> Spec:
    """Return what is told where a person points: the cell, its load, the given fields by their titles, its state.

    What is not known of a cell shows as a dash; only one that is not valid says why.
    """
    shown = {"name": "lane", "load": "load", **fields, "state": "state"}
    told = [f"{title!r}: isValid(datum.{field}) ? datum.{field} : '–'" for field, title in shown.items()]
    return {"value": {"expr": f"{{{', '.join(told)}, 'why': datum.why}}"}}


def rows_of(names: Sequence[str]) -> Spec:
    """Return an axis with a row for each cell; what was changed of a lane stands below its name."""
    axis = {"title": None, "labelExpr": "split(datum.label, ' ')", "ticks": False, "domain": False, "grid": False}
    return {"field": "name", "type": "nominal", "sort": list(names), "axis": axis}


def height(names: Sequence[str]) -> Spec:
    """Return a height with room for each row."""
    return {"step": _VARIANT_STEP_PX if any(" " in name for name in names) else STEP_PX}


def margin(names: Sequence[str], figures_px: int = 50) -> Fitting:
    """Return the room for the names of rows, by their longest word, and for the figures at the other end."""
    return {"margin": 32 + _LETTER_PX * max(len(word) for name in names for word in name.split()) + figures_px}


def choice(work: Work) -> Spec:
    """Return the choice among several loads, the highest at first; nothing where there is one."""
    texts = [load.text for load in work.loads]
    if len(texts) < 2:  # noqa: PLR2004 - there is nothing to choose
        return {}
    bind = {"input": "select", "options": texts, "name": "Load "}
    return {
        "params": [{"name": "load", "value": texts[-1], "bind": bind}],
        "transform": [{"filter": "datum.load === load"}],
    }


def together(work: Work, layers: list[Spec]) -> tuple[Spec, Fitting]:
    """Return all lanes in one picture; where lanes have variants, a picture for each lane, which its lines share."""
    if not work.variants:
        return {**FIT, "height": HEIGHT_PX, "layer": layers}, {}
    facet = {"field": "lane", "type": "nominal", "title": None, "sort": work.lanes}
    view = {"facet": facet, "columns": 2, "spec": {"height": 220, "width": _PANEL_PX, "layer": layers}}
    return view, {"least": _PANEL_PX, "columns": 2, "margin": 96}


def best_first(rows: Rows, field: str, *, most: bool) -> list[str]:
    """Return the names of cells by a figure of the highest load, those without it last."""
    last: dict[str, float | None] = {row["name"]: None if row["state"] == INVALID else row.get(field) for row in rows}
    known = {name: value for name, value in last.items() if value is not None}
    return [*sorted(known, key=lambda name: known[name], reverse=most), *(each for each in last if each not in known)]


def dots(names: Sequence[str], lanes: Sequence[str], x: Spec, hint: Spec, *more: Spec) -> Spec:
    """Return rows of points with intervals, for fields that `figures.ends` made; what does not hold says so.

    `more` are layers below the points.
    """
    field = x["field"]
    y, colour = rows_of(names), looks.by_framework(lanes)
    shapes = looks.of_lanes(lanes)["shape"] | {"legend": None}
    span = {"x": x | {"field": f"{field}_low"}, "x2": {"field": f"{field}_high"}}
    has_interval = f"{SHOWN} && isValid(datum.{field}_high)"
    least = f"(datum.state === '{BOUND}' ? '≥ ' : '') + " if field == "qps" else ""
    label = f"{least}format(datum.{field}, datum.{field} < 100 ? ',.3~r' : ',.0f')"
    end = f"isValid(datum.{field}_high) ? datum.{field}_high : datum.{field}"
    return {
        "width": 480,
        "height": height(names),
        "layer": [
            *({**each, "encoding": {"y": y, **each["encoding"]}} for each in more),
            layer({"type": "rule", "strokeWidth": 2}, has_interval, {**span, "y": y, "color": colour}),
            layer(
                {"type": "point", "filled": True, "opacity": 1, "size": _SIZE},
                f"{HOLDS} && isValid(datum.{field})",
                {"x": x, "y": y, "color": colour, "shape": shapes, "tooltip": hint},
            ),
            layer(
                {"type": "point", "filled": False, "opacity": 1, "size": _SIZE, "strokeWidth": 2},
                f"datum.state === '{BOUND}' && isValid(datum.{field})",
                {"x": x, "y": y, "color": colour, "shape": shapes, "tooltip": hint},
            ),
            _named(field, x, y, label, end),
            _left_out({"y": y, "tooltip": hint}),
        ],
    }


def hollow() -> Spec:
    """Return the filling of points: none where the cell is not valid."""
    return {"condition": {"test": HOLDS, "value": 1}, "value": 0}


def layer(mark: Spec, where: str, encoding: Spec) -> Spec:
    """Return a layer with the rows for which an expression holds."""
    return {"mark": mark, "transform": [{"filter": where}], "encoding": encoding}


def _named(field: str, x: Spec, y: Spec, label: str, end: str) -> Spec:
    """Return the figures beside their points."""
    found = [
        {"filter": f"{SHOWN} && isValid(datum.{field})"},
        {"calculate": label, "as": "label"},
        {"calculate": end, "as": "end"},
    ]
    place = {"x": x | {"field": "end"}, "y": y, "text": {"field": "label", "type": "nominal"}}
    return {"mark": {"type": "text", "align": "left", "dx": 9}, "transform": found, "encoding": place}


def _left_out(encoding: Spec) -> Spec:
    """Return the words in the row of a cell whose figures do not hold."""
    mark = {
        "type": "text",
        "align": "left",
        "fontStyle": "italic",
        "text": "✕ not valid",
    }
    return layer(mark, f"!({SHOWN})", encoding | {"x": {"value": 4}})
