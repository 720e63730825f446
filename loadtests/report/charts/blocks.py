"""Building blocks of the specifications: axes, hints, a choice of loads, and layers of marks."""

from collections.abc import Sequence

from loadtests.report.charts.chart import HEIGHT_PX, Fitting, Rows, Spec
from loadtests.report.charts.figures import INVALID, VALID, Work

STEP_PX = 26
_VARIANT_STEP_PX = 36
_PANEL_PX = 330
_LETTER_PX = 7
FIT = {"autosize": {"type": "fit-x", "contains": "padding"}, "width": 720}
# Below this ratio of the largest to the smallest figure, a linear axis shows all of them.
_LOGARITHMIC_FROM = 20.0
HOLDS = f"datum.state === '{VALID}'"
CROSS = {"type": "text", "text": "✕", "fontSize": 13}
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


def hollow() -> Spec:
    """Return the filling of points: none where the cell is not valid."""
    return {"condition": {"test": HOLDS, "value": 1}, "value": 0}


def layer(mark: Spec, where: str, encoding: Spec) -> Spec:
    """Return a layer with the rows for which an expression holds."""
    return {"mark": mark, "transform": [{"filter": where}], "encoding": encoding}


def unbroken(field: str, encoding: Spec, *where: str) -> Spec:
    """Return lines from point to point, which end where the next one has no figure or none that holds."""
    mark = {"type": "line", "strokeWidth": 2, "invalid": "break-paths-filter-domains"}
    held = {"calculate": f"{SHOWN} && isValid(datum.{field}) ? datum.{field} : null", "as": field}
    return {"mark": mark, "transform": [*({"filter": each} for each in where), held], "encoding": encoding}
