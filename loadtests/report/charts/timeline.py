"""The run from its first slice to its last: who else had the servers' cores, and how fast these were."""

from collections.abc import Iterator, Sequence
from typing import Any

from loadtests.measurement.steal import taken_share
from loadtests.report.charts import blocks, looks
from loadtests.report.charts.chart import Chart, Rows, Spec, spec
from loadtests.report.charts.evidence import Evidence, Moment
from loadtests.report.numbers import share

QUESTION = "Did the machine serve all lanes alike, and which slices were measured again or count for nothing?"
COUNTED, REPEATED, VOID, WARM_UP = "counts", "measured again", "counts for nothing", "warm-up"
# Of a long run, of so many slices in a row that count only the one from which most was taken is drawn.
_MOST_DRAWN = 600


def timeline(evidence: Evidence) -> Iterator[Chart]:
    """Give the time line of a run whose slices are at hand."""
    moments = evidence.moments()
    rows = _thinned([_row(moment, moments[0].at_s) for moment in moments])
    if not any("taken" in row or "pace" in row for row in rows):
        return
    yield Chart(
        id="run-timeline",
        title="The run, slice by slice",
        question=QUESTION,
        says=_says(moments, len(rows)),
        group="",
        spec=spec(rows, _view(rows), {"margin": 75}),
    )


def _row(moment: Moment, began_s: float) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": moment.name,
        "lane": moment.lane,
        "load": _load(moment),
        "round": moment.round,
        "minute": round((moment.at_s - began_s) / 60, 4),
        "state": _state(moment),
    }
    taken = taken_share(moment.use)
    pace = None if moment.use is None else moment.use.pace.servers_us
    if taken is not None:
        row |= {"taken": taken, "taken_told": share(taken)}
    if pace is not None:
        row |= {"pace": pace, "pace_told": f"{pace:,.1f} µs"}
    return row | ({"why": moment.void} if moment.void else {})


def _load(moment: Moment) -> str:
    if moment.rate is not None:
        return f"{moment.scenario}, {moment.rate:g}/s arriving"
    return f"{moment.scenario}, {moment.users} user{'' if moment.users == 1 else 's'}"


def _state(moment: Moment) -> str:
    if moment.repeated:
        return REPEATED
    if moment.void is not None:
        return VOID
    return COUNTED if moment.round else WARM_UP


def _thinned(rows: Rows) -> Rows:
    """Return so few rows that they can be drawn, with all that stand out among them."""
    usual = [row for row in rows if row["state"] == COUNTED]
    step = -(-len(usual) // _MOST_DRAWN)
    if step <= 1:
        return rows
    kept = [max(usual[at : at + step], key=lambda row: row.get("taken", 0.0)) for at in range(0, len(usual), step)]
    return sorted([*kept, *(row for row in rows if row["state"] != COUNTED)], key=lambda row: row["minute"])


def _view(rows: Rows) -> Spec:
    parts = (("taken", "others had of the server's cores", "%"), ("pace", "a fixed piece of work (µs)", ",~r"))
    drawn = [_part(field, title, text) for field, title, text in parts if any(field in row for row in rows)]
    return (
        {**blocks.FIT, **drawn[0]}
        if len(drawn) == 1
        else {"hconcat": drawn, "resolve": {"legend": {"shape": "shared"}}}
    )


def _part(field: str, title: str, text: str) -> Spec:
    states = [COUNTED, REPEATED, VOID, WARM_UP]
    scale = {"domain": states, "range": ["circle", "triangle-up", "cross", "diamond"]}
    colour = {"domain": states, "range": [looks.BLUE, looks.ORANGE, looks.RED, looks.GREY]}
    legend = {"title": None}
    x = {"field": "minute", "type": "quantitative", "axis": {"title": "minutes since the start", "grid": False}}
    y = blocks.quantity(field, title, zero=field == "taken")
    y["axis"] |= {"format": text}
    hint = blocks.hints(round="round", taken_told="others had", pace_told="fixed work")
    place = {"x": x, "y": y, "tooltip": hint}
    look = {
        "shape": {"field": "state", "type": "nominal", "scale": scale, "legend": legend},
        "color": {"field": "state", "type": "nominal", "scale": colour, "legend": legend},
        "size": {"condition": {"test": f"datum.state === '{COUNTED}'", "value": 18}, "value": 70},
    }
    mark = {"type": "point", "filled": True, "opacity": 0.85}
    known = [{"filter": f"isValid(datum.{field})"}]
    return {"height": 200, "width": 320, "transform": known, "mark": mark, "encoding": {**place, **look}}


def _says(moments: Sequence[Moment], drawn: int) -> str:
    """Say how many slices there were, how many were repeated or void, and what others had at most."""
    counted = [moment for moment in moments if _state(moment) == COUNTED]
    states = [_state(moment) for moment in moments]
    taken = [found for each in counted if (found := taken_share(each.use)) is not None]
    most = f"; others had up to {share(max(taken))} of the server's cores in one that counts" if taken else ""
    thin = f" Drawn are {drawn:,} of {len(moments):,}, those that stand out among them." if drawn < len(moments) else ""
    lost = f"{states.count(REPEATED):,} measured again, {states.count(VOID):,} void"
    return f"{len(counted):,} slices count, {lost}{most}.{thin}"
