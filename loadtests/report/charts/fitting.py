"""Fit a specification into a width: parts beside each other where there is room, below each other where not.

`page/fit.js` does the same in the page.
"""

import copy

from loadtests.report.charts.chart import Spec

# Parts that would be narrower than this beside each other stand below each other.
_PART_PX = 180
_LEGEND_PX = 175


def fitted(spec: Spec, width_px: float) -> Spec:
    """Return a specification as wide as that, legends and axes included as far as they can be foreseen."""
    spec = copy.deepcopy(spec)
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
    legend["columns"] = max(1, int(width_px // _LEGEND_PX))
    return spec


def _beside(spec: Spec, width_px: float, margin: float) -> None:
    parts = spec.pop("hconcat")
    own = width_px / len(parts) - margin
    narrow = own < _PART_PX
    own = width_px - margin if narrow else own
    spec["vconcat" if narrow else "hconcat"] = [{**part, "width": int(own)} for part in parts]
