"""A chart: what it asks, what it shows of this run, and how it is drawn."""

from typing import Any

import msgspec

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
VERSION = "6.4"
HEIGHT_PX = 320

Spec = dict[str, Any]
Rows = list[dict[str, Any]]
# `margin`: pixels that the axes of each part take; `floor`: the least that a picture without parts has beside them;
# `least` and `columns`: how narrow a panel may be, and how many may stand beside each other.
Fitting = dict[str, float]


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """One picture of a run.

    `id` is unique in the page. `question` says in one sentence what the chart answers, `says` in one sentence what it
    shows in this run. `group` is the kind of work that it belongs to, '' for the whole run. `spec` is Vega-Lite with
    its data in it; under `usermeta` it says how wide its parts can be drawn (`loadtests.report.charts.fitting`).
    """

    id: str
    title: str
    question: str
    says: str
    group: str
    spec: Spec


def spec(rows: Rows, view: Spec, fitting: Fitting | None = None) -> Spec:
    """Return a whole specification: a view with its rows, and how it is fitted into a page."""
    return {"$schema": SCHEMA, "data": {"values": rows}, **view, "usermeta": fitting or {}}
