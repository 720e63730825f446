"""Fit a specification into a width: parts beside each other where there is room, below each other where not.

`page/fit.js` does the same in the page, and is given these limits.
"""

import copy
from collections.abc import Iterator
from typing import Any

from loadtests.report.charts.chart import Spec

# Parts that would be narrower than this beside each other stand below each other.
PART_PX = 180
LEGEND_PX = 175


def fitted(spec: Spec, width_px: float) -> Spec:
    """Return a specification as wide as that, legends and axes included as far as they can be foreseen."""
    spec = copy.deepcopy(spec)
    logarithmic = set(_logarithmic({key: value for key, value in spec.items() if key != "data"}))
    spec["data"] = {"values": [_without_nothing(row, logarithmic) for row in spec["data"]["values"]]}
    own = spec.get("usermeta", {})
    margin = own.get("margin", 0)
    if "hconcat" in spec:
        _beside(spec, width_px, margin)
    elif "columns" in own:
        columns = min(own["columns"], max(1, int(width_px // own["least"])))
        spec["columns"] = columns
        spec["spec"]["width"] = int(width_px / columns - margin)
    elif "facet" in spec:
        spec["spec"]["width"] = int(width_px - margin)
    else:
        spec["width"] = max(own.get("floor", 0), int(width_px - margin))
    legend = spec.setdefault("config", {}).setdefault("legend", {})
    legend["columns"] = max(1, int(width_px // LEGEND_PX))
    return spec


def _logarithmic(node: Any) -> Iterator[str]:  # noqa: ANN401 - whatever a specification holds
    """Give the fields that lie along an axis of logarithms."""
    if isinstance(node, dict):
        if isinstance(scale := node.get("scale"), dict) and scale.get("type") == "log" and "field" in node:
            yield node["field"]
        node = list(node.values())
    for each in node if isinstance(node, list) else ():
        yield from _logarithmic(each)


def _without_nothing(row: dict[str, Any], logarithmic: set[str]) -> dict[str, Any]:
    """Leave out what has no logarithm: figures that are nothing, and intervals that reach down to it."""
    lost = {field for field in logarithmic if isinstance(row.get(field), int | float) and row[field] <= 0}
    lost |= {f"{field.removesuffix('_low')}_high" for field in lost if field.endswith("_low")}
    return {field: value for field, value in row.items() if field not in lost}


def _beside(spec: Spec, width_px: float, margin: float) -> None:
    parts = spec.pop("hconcat")
    own = width_px / len(parts) - margin
    narrow = own < PART_PX
    own = width_px - margin if narrow else own
    spec["vconcat" if narrow else "hconcat"] = [{**part, "width": int(own)} for part in parts]
