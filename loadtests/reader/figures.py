"""What was measured of a handler: the cells of the latest run that has any, or the command that would measure it."""

from collections.abc import Sequence

import msgspec

from contract.endpoint import Endpoint
from loadtests.measurement.result import Cell
from loadtests.reader.apps import APPS
from loadtests.reader.origin import app_of, said
from loadtests.reader.runs import Past
from loadtests.reader.source import Source
from loadtests.report.numbers import MISSING, number
from loadtests.report.rows import generator_bound
from loadtests.scenarios import SCENARIOS, Scenario
from loadtests.servers import LANES
from loadtests.servers.lanes import DEFAULT


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One cell as it is shown: figures as text, `why` says why it is not valid, and what would mend it.

    `app` is a key of the three apps, or what another framework's lane is called by; `writes` says how many were lost.
    """

    app: str
    style: str
    name: str
    load: str
    qps: str
    p99: str
    cpu: str
    valid: bool
    why: str
    writes: str = ""


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario in one style: its figures with where they come from, or the command that would measure it."""

    scenario: str
    asks: str
    figures: list[Figure]
    said: str
    command: str


def measured(endpoint: Endpoint, style: str, runs: Sequence[Past], source: Source) -> list[Measured]:
    """Return what runs, the latest first, know of an endpoint's handlers in a style, scenario by scenario.

    Of each scenario it is the latest of those runs that have the most of the three apps: figures of several runs are no
    comparison.
    """
    asked = [scenario for scenario in SCENARIOS.values() if scenario.endpoint == endpoint.name]
    return [_measured(scenario, style, runs, source) for scenario in asked]


def _measured(scenario: Scenario, style: str, runs: Sequence[Past], source: Source) -> Measured:
    run = max(runs, key=lambda run: _worth(run, scenario.name, style), default=None)
    found = [] if run is None else _cells(run, scenario.name, style)
    cells = _shown(found, scenario) if found else []
    return Measured(
        scenario=scenario.name,
        asks=scenario.asks,
        figures=[_figure(cell) for cell in cells],
        said="" if run is None or not cells else said(run, found, cells, source),
        command=f"trilane compare --lane {','.join(_lanes(style))} --scenario {scenario.name}",
    )


def _cells(run: Past, scenario: str, style: str) -> list[Cell]:
    return [cell for cell in run.cells if cell.scenario == scenario and cell.style == style]


def _worth(run: Past, scenario: str, style: str) -> tuple[int, bool]:
    """Return of how many of the three apps a run has cells, and whether it has any at all."""
    cells = _cells(run, scenario, style)
    return len({app_of(cell.lane) for cell in cells} & {*APPS}), bool(cells)


def _lanes(style: str) -> list[str]:
    """Return the lanes that `compare` loads by itself, of this style."""
    return [name for name in DEFAULT if LANES[name].styles[0] == style]


def _shown(cells: list[Cell], scenario: Scenario) -> list[Cell]:
    """Return the cells of one load: closed rather than open, of the scenario's own users, or else of the most.

    Those of other frameworks than the three come last.
    """
    closed = [cell for cell in cells if cell.rate is None] or cells
    users = {cell.users for cell in closed}
    chosen = scenario.users if scenario.users in users else max(users)
    order = {app: place for place, app in enumerate(APPS)}
    at_load = [cell for cell in closed if cell.users == chosen]
    return sorted(at_load, key=lambda cell: order.get(app_of(cell.lane), len(order)))


def _figure(cell: Cell) -> Figure:
    shown = cell.valid or generator_bound(cell)
    least = "" if cell.valid else "≥ "
    return Figure(
        app=app_of(cell.lane),
        style=cell.style,
        name=cell.name,
        load=_load(cell),
        qps=f"{least}{number(cell.qps)}" if shown else MISSING,
        p99=number(cell.rt_ms.p99, " ms") if shown else MISSING,
        cpu=number(cell.cpu_us_per_request, " µs") if shown else MISSING,
        valid=cell.valid,
        why="; ".join(str(reason) for reason in cell.reasons),
        writes=_writes(cell),
    )


def _load(cell: Cell) -> str:
    if cell.rate is not None:
        return f"{cell.rate:g}/s arriving"
    return f"{cell.users} user{'' if cell.users == 1 else 's'}"


def _writes(cell: Cell) -> str:
    """Say what became of the writes; nothing where none were counted."""
    audit = cell.audit
    if audit is None:
        return ""
    if audit.lost:
        return f"{audit.lost:,} of {audit.answered:,} writes lost"
    if audit.lost_at_most:
        return f"at most {audit.lost_at_most:,} of {audit.answered:,} writes lost"
    return f"all of {audit.answered:,} writes kept"
