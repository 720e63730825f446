"""What the page shows of a sweep over numbers of users: the curves of all lanes, and one picture a lane."""

from collections.abc import Sequence

import msgspec
import numpy as np
from markupsafe import Markup

from loadtests.measurement.curve import Curve, Level
from loadtests.measurement.group import group_of
from loadtests.measurement.result import Predicted, Summary
from loadtests.measurement.usl import law
from loadtests.report.chart import SMALL, Line, Point, chart
from loadtests.report.numbers import span

# A ceiling this far above all that was measured says nothing on the picture, but would flatten the rest.
_FARTHEST = 3.0
_STEPS = 60


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """One lane's picture; `law` and `ceiling` are what its lines are called, `why` says why there is no law."""

    name: str
    picture: Markup
    ceiling: str | None
    law: str | None
    why: str | None


class Sweep(msgspec.Struct, frozen=True, kw_only=True):
    """All pictures of one scenario."""

    scenario: str
    served: Markup
    waited: Markup
    panels: list[Panel]


def sweeps(summary: Summary) -> list[Sweep]:
    """Return the pictures of each scenario that was measured at three numbers of users or more."""
    found: dict[str, list[Curve]] = {}
    for curve in summary.curves:
        if curve.levels:
            found.setdefault(curve.scenario, []).append(curve)
    return [_sweep(scenario, curves, summary) for scenario, curves in found.items()]


def _sweep(scenario: str, curves: Sequence[Curve], summary: Summary) -> Sweep:
    served = [_line(curve, at, [(level.users, level.qps) for level in curve.levels]) for at, curve in enumerate(curves)]
    waited = [_line(curve, at, _p99(curve.levels)) for at, curve in enumerate(curves)]
    return Sweep(
        scenario=scenario,
        served=chart(served, title=f"{scenario}: requests per second over users", y_label="requests/s"),
        waited=chart(waited, title=f"{scenario}: p99 over users", y_label="p99 in ms"),
        panels=[_panel(curve, at, summary) for at, curve in enumerate(curves)],
    )


def _line(curve: Curve, colour: int, points: list[Point]) -> Line:
    return Line(name=curve.name, points=points, colour=colour)


def _p99(levels: Sequence[Level]) -> list[Point]:
    return [(level.users, level.p99_ms) for level in levels if level.p99_ms is not None]


def _panel(curve: Curve, colour: int, summary: Summary) -> Panel:
    lines = [_line(curve, colour, [(level.users, level.qps) for level in curve.levels])]
    ceiling, ramp = predicted(curve, summary)
    if ramp:
        lines.insert(0, Line(points=ramp, colour=colour, style="ceiling"))
    if curve.usl is not None:
        users = np.geomspace(curve.levels[0].users, curve.levels[-1].users, _STEPS)
        fitted = law(users, curve.usl.lam.value, curve.usl.sigma.value, curve.usl.kappa.value)
        lines.insert(0, Line(points=list(zip(users, fitted, strict=True)), colour=colour, style="law"))
    return Panel(
        name=curve.name,
        picture=chart(lines, title=f"{curve.name} under {curve.scenario}", y_label="requests/s", size=SMALL),
        ceiling=None if ceiling is None else ceiling.formula,
        law=_law_in_words(curve),
        why=curve.why,
    )


def predicted(curve: Curve, summary: Summary) -> tuple[Predicted | None, list[Point]]:
    """Return the lowest ceiling at the most users, other than the users themselves, and the line of what is predicted.

    That line rises with the users, each of whom waits for an answer as long as one alone does, up to the ceiling.
    """
    cells = [each for each in summary.details if each.name == curve.name and each.scenario == curve.scenario]
    details = {each.users: each for each in cells if group_of(each).rate is None}
    top = details[curve.levels[-1].users]
    ceiling = next((each for each in top.ceilings if each.limiter != "users"), None)
    most = max(level.qps for level in curve.levels)
    if ceiling is None or ceiling.qps > _FARTHEST * most:
        return None, []
    first, last = curve.levels[0].users, curve.levels[-1].users
    if not top.alone_ms:
        return ceiling, [(first, ceiling.qps), (last, ceiling.qps)]
    knee = ceiling.qps * top.alone_ms / 1e3
    users = sorted({float(first), float(last), *([knee] if first < knee < last else [])})
    return ceiling, [(each, min(each * 1e3 / top.alone_ms, ceiling.qps)) for each in users]


def _law_in_words(curve: Curve) -> str | None:
    if curve.usl is None:
        return None
    usl = curve.usl
    peak = "" if usl.peak_users is None else f"; it turns down at {span(usl.peak_users)} users"
    return f"lambda {span(usl.lam)}/s, sigma {span(usl.sigma)}, kappa {span(usl.kappa)}{peak}"
