"""What was measured of a handler: the cells of the latest run that has any, or the command that would measure it."""

from collections.abc import Sequence

import msgspec

from contract.endpoint import Endpoint
from contract.endpoints import BY_NAME
from loadtests.measurement.result import Cell
from loadtests.reader.apps import APPS, file_of
from loadtests.reader.runs import Past
from loadtests.reader.source import Source
from loadtests.report.numbers import MISSING, number
from loadtests.report.rows import generator_bound
from loadtests.scenarios import SCENARIOS, Scenario
from loadtests.servers import LANES
from loadtests.servers.lanes import DEFAULT


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One cell as it is shown: figures as text, `why` says why it is not valid, and what would mend it."""

    app: str
    style: str
    name: str
    load: str
    qps: str
    p99: str
    cpu: str
    valid: bool
    why: str


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
    run = max(runs, key=lambda run: len(_apps(run, scenario.name, style)), default=None)
    run = run if run is not None and _apps(run, scenario.name, style) else None
    cells = [] if run is None else _shown(_cells(run, scenario.name, style), scenario)
    return Measured(
        scenario=scenario.name,
        asks=scenario.asks,
        figures=[_figure(cell) for cell in cells],
        said="" if run is None else _said(run, scenario, style, cells, source),
        command=f"trilane compare --lane {','.join(_lanes(style))} --scenario {scenario.name}",
    )


def _cells(run: Past, scenario: str, style: str) -> list[Cell]:
    return [cell for cell in run.cells if cell.scenario == scenario and cell.style == style and cell.lane in LANES]


def _apps(run: Past, scenario: str, style: str) -> set[str]:
    return {LANES[cell.lane].app for cell in _cells(run, scenario, style)}


def _lanes(style: str) -> list[str]:
    """Return the lanes that `compare` loads by itself, of this style."""
    return [name for name in DEFAULT if LANES[name].styles[0] == style]


def _shown(cells: list[Cell], scenario: Scenario) -> list[Cell]:
    """Return the cells of one load: closed rather than open, of the scenario's own users, or else of the most."""
    closed = [cell for cell in cells if cell.rate is None] or cells
    users = {cell.users for cell in closed}
    chosen = scenario.users if scenario.users in users else max(users)
    order = [*APPS]
    return sorted((cell for cell in closed if cell.users == chosen), key=lambda cell: order.index(LANES[cell.lane].app))


def _figure(cell: Cell) -> Figure:
    shown = cell.valid or generator_bound(cell)
    least = "" if cell.valid else "≥ "
    return Figure(
        app=LANES[cell.lane].app,
        style=cell.style,
        name=cell.name,
        load=_load(cell),
        qps=f"{least}{number(cell.qps)}" if shown else MISSING,
        p99=number(cell.rt_ms.p99, " ms") if shown else MISSING,
        cpu=number(cell.cpu_us_per_request, " µs") if shown else MISSING,
        valid=cell.valid,
        why="; ".join(str(reason) for reason in cell.reasons),
    )


def _load(cell: Cell) -> str:
    if cell.rate is not None:
        return f"{cell.rate:g}/s arriving"
    return f"{cell.users} user{'' if cell.users == 1 else 's'}"


def _said(run: Past, scenario: Scenario, style: str, shown: list[Cell], source: Source) -> str:
    """Say where the figures come from, and whether the code beside them is what was measured."""
    levels = sorted({cell.users for cell in _cells(run, scenario.name, style)})
    which = f", the level of {shown[0].users} of {levels[0]} to {levels[-1]} users" if len(levels) > 1 else ""
    stopped = " It was stopped before its end." if run.partial else ""
    stack = "" if shown[0].stack == "current" else f", of the stack {shown[0].stack}"
    return f"From the run of {run.date}{which}{stack}, on {run.machine}.{stopped} {_same_code(run, scenario, source)}"


def _same_code(run: Past, scenario: Scenario, source: Source) -> str:
    commit, dirty = run.about.source.commit, run.about.source.dirty
    if commit is None:
        return "At which commit is not known."
    then = Source(commit, source.root)
    if then.commit is None:
        return f"It was made at commit {commit[:12]}, which git does not know here."
    files = [file_of(app, BY_NAME[scenario.endpoint].topic) for app in APPS]
    changed = [file for file in files if then.text(file) != source.text(file)]
    if dirty:
        return f"It was made at commit {commit[:12]} with changes that no commit holds: the code may differ."
    if changed:
        return f"It was made at commit {commit[:12]}; between that and what is shown, {', '.join(changed)} changed."
    return f"It was made at commit {commit[:12]}, with the code that is shown here."
