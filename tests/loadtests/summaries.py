"""Summaries made of known cells and verdicts, for sentences that need no measurement."""

from collections.abc import Mapping
from typing import Any

from loadtests.measurement import factors
from loadtests.measurement.result import SCHEMA_VERSION, Cell, Detail, Predicted, Reason, ResponseTime, Summary
from loadtests.measurement.verdict import Verdict
from loadtests.scenarios import SCENARIOS
from loadtests.servers import LANES

BROKEN = Reason(check="server", reason="its server ended", remedy="see its log")


def cell(
    lane: str,
    scenario: str,
    users: int = 64,
    variant: Mapping[str, str | int] | None = None,
    *,
    p99: float | None = None,
    mean: float | None = None,
    valid: bool = True,
    **changed: Any,
) -> Cell:
    variant = variant or {}
    figures: dict[str, Any] = {
        "name": factors.label(lane, variant),
        "lane": lane,
        "factors": dict(variant),
        "stack": "current",
        "style": LANES[lane].styles[0],
        "workers": 1,
        "cores": [1],
        "scenario": scenario,
        "params": SCENARIOS[scenario].parameters | factors.parameters(variant),
        "users": users,
        "qps": 100.0,
        "rt_ms": ResponseTime(p99=p99, mean=mean),
        "requests": 1_000,
        "valid": valid,
        "reasons": [] if valid else [BROKEN],
    }
    return Cell(**(figures | changed))


def detail(of: Cell, *, ceiling: str | None = None, **changed: Any) -> Detail:
    """What stands behind a cell; `ceiling` is the formula of its limiter's."""
    predicted = [Predicted(limiter=of.limiter or "", qps=of.qps or 0.0, formula=ceiling)] if ceiling else []
    figures: dict[str, Any] = {
        "name": of.name,
        "scenario": of.scenario,
        "users": of.users,
        "rate": of.rate,
        "ceilings": predicted,
    }
    return Detail(**(figures | changed))


def verdict(a: Cell, b: Cell, metric: str, word: str, *ratio: float | None, **changed: Any) -> Verdict:
    """How `a` compares with `b`: `ratio` is the ratio, its low and its high end."""
    middle, low, high = (*ratio, None, None, None)[:3]
    figures: dict[str, Any] = {
        "a": a.name,
        "b": b.name,
        "scenario": a.scenario,
        "users": a.users,
        "rate": a.rate,
        "metric": metric,
        "ratio": middle,
        "low": low,
        "high": high,
        "verdict": word,
        "rounds": 7,
    }
    return Verdict(**(figures | changed))


def summary(cells: list[Cell], verdicts: list[Verdict], details: list[Detail] | None = None) -> Summary:
    known = {(each.name, each.users, each.scenario): each for each in details or []}
    return Summary(
        schema_version=SCHEMA_VERSION,
        partial=False,
        cells=cells,
        verdicts=verdicts,
        details=[known.get((each.name, each.users, each.scenario), detail(each)) for each in cells],
        sentences=[],
        warnings=[],
    )
