"""Connections that the database had over the time of a run."""

from collections.abc import Iterator

from loadtests.measurement.ceilings import pooled
from loadtests.measurement.group import group_of
from loadtests.report.charts import blocks, looks
from loadtests.report.charts.chart import Chart, Fitting, Rows, Spec, spec
from loadtests.report.charts.evidence import Evidence
from loadtests.report.charts.figures import Work, common
from loadtests.scenarios import SCENARIOS

QUESTION = "How many connections did the database have of each lane over the time of the run?"


def connections(work: Work, evidence: Evidence) -> Iterator[Chart]:
    """Give the most connections of each slice against time, where the work went through the database.

    Slices hold the most that was seen, looked at five times a second, and no value between: a point is one slice.
    """
    rows = _rows(work, evidence) if pooled(SCENARIOS[work.scenario].endpoint, {}) else []
    if not any(row["connections"] for row in rows):
        return
    most = max(rows, key=lambda row: row["connections"])
    yield Chart(
        id=f"{work.scenario}-connections",
        title=f"{work.scenario}: database connections over time",
        question=QUESTION,
        says=(
            f"At most {most['connections']:,} connections at a time, of {most['name']}; a point is the most that was "
            "seen in one slice, looked at 5 times a second."
        ),
        group=work.scenario,
        spec=spec(rows, *_view(work)),
    )


def _rows(work: Work, evidence: Evidence) -> Rows:
    moments = evidence.moments()
    points = {(group_of(point.cell), point.cell.name): point for point in work.points}
    return [
        common(point)
        | {
            "minute": round((moment.at_s - moments[0].at_s) / 60, 4),
            "round": moment.round,
            "connections": moment.use.db_connections_total,
            "sessions": moment.use.db_sessions,
        }
        for moment in moments
        if (point := points.get((group_of(moment), moment.name))) is not None and moment.round and moment.void is None
        if moment.use is not None and moment.use.db_connections_total is not None
    ]


def _view(work: Work) -> tuple[Spec, Fitting]:
    look = looks.of_variants(work.variants) if work.variants else looks.of_lanes(work.lanes)
    axis = {"title": "minutes since the start", "grid": False, "tickCount": 8}
    x = {"field": "minute", "type": "quantitative", "axis": axis, "scale": {"zero": False}}
    y = blocks.quantity("connections", "connections at a time", zero=True)
    hint = blocks.hints(round="round", connections="connections of this lane", sessions="sessions of all")
    line = {"x": x, "y": y, "color": look["color"], "strokeDash": look["strokeDash"]}
    filling = {"stroke": looks.without_legends(look)["color"], "fillOpacity": blocks.hollow()}
    point = {"x": x, "y": y, "color": look["color"], "shape": look["shape"], "tooltip": hint, **filling}
    layers = [
        {"mark": {"type": "line", "strokeWidth": 1.5, "opacity": 0.7}, "encoding": line},
        {"mark": {"type": "point", "filled": True, "opacity": 1, "size": 50}, "encoding": point},
    ]
    view, fitting = blocks.together(work, layers)
    return {**blocks.choice(work), **view}, fitting
