"""Where figures come from: of which lane, run and machine, and whether the code beside them was measured."""

from collections.abc import Sequence

from contract.endpoints import BY_NAME
from loadtests.measurement.result import Cell
from loadtests.reader.apps import APPS, file_of
from loadtests.reader.runs import Past
from loadtests.reader.source import Source
from loadtests.scenarios import SCENARIOS
from loadtests.servers import LANES

_LETTERS = 12


def app_of(lane: str) -> str:
    """Return the app of a lane; of one that is not known here, what its name begins with."""
    return LANES[lane].app if lane in LANES else lane.partition("-")[0]


def said(run: Past, found: Sequence[Cell], shown: Sequence[Cell], source: Source) -> str:
    """Say where figures come from: `shown` are those of one load, `found` those of all loads of the same scenario."""
    levels = sorted({cell.users for cell in found})
    which = f", the level of {shown[0].users} of {levels[0]} to {levels[-1]} users" if len(levels) > 1 else ""
    stack = "" if shown[0].stack == "current" else f", of the stack {shown[0].stack}"
    away = {(cell.lane, cell.url): cell for cell in shown if cell.url is not None}
    here = any(cell.url is None for cell in shown)
    machine = f", {'on' if here else 'loaded from'} {run.machine}"
    parts = [
        f"From the run of {run.date}{which}{stack}{machine}.",
        "It was stopped before its end." if run.partial else "",
        *map(_elsewhere, away.values()),
        _unknown(shown),
        _same_code(run, shown[0].scenario, source) if here else "",
    ]
    return " ".join(part for part in parts if part)


def _elsewhere(cell: Cell) -> str:
    return f"{cell.lane} ran elsewhere, at {cell.url}: neither its machine nor its code is known here."


def _unknown(shown: Sequence[Cell]) -> str:
    """Say which lanes are in no table: their app cannot be told for sure."""
    lanes = dict.fromkeys(cell.lane for cell in shown if cell.lane not in LANES and app_of(cell.lane) not in APPS)
    if not lanes:
        return ""
    names, one = ", ".join(lanes), len(lanes) == 1
    return (
        f"{names} {'is' if one else 'are'} not known here: `trilane --lanes FILE read` names {'it' if one else 'them'}."
    )


def _same_code(run: Past, scenario: str, source: Source) -> str:
    commit, dirty = run.about.source.commit, run.about.source.dirty
    if commit is None:
        return "At which commit is not known."
    then = Source(commit, source.root)
    made = f"It was made at commit {commit[:_LETTERS]}"
    if then.commit is None:
        return f"{made}, which git does not know here."
    files = [file_of(app, BY_NAME[SCENARIOS[scenario].endpoint].topic) for app in APPS]
    changed = [file for file in files if then.text(file) != source.text(file)]
    if dirty:
        return f"{made} with changes that no commit holds: the code may differ."
    if changed:
        return f"{made}; between that and what is shown, {', '.join(changed)} changed."
    return f"{made}, with the code that is shown here."
