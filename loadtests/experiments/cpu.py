"""`cpu`: who can use the cores when requests compute, in Python or in C."""

import subprocess
from collections.abc import Iterator

from loadtests.experiments.experiment import FULL, QUICK, Experiment, Preset
from loadtests.experiments.figures import Figures, more
from loadtests.experiments.words import because, joined, load, not_compared, times, undecided
from loadtests.measurement.cores import Cores
from loadtests.measurement.factors import Variant
from loadtests.measurement.group import Group
from loadtests.measurement.result import Summary
from loadtests.servers import DEFAULT, Lane, stack

_WORK = {"cpu": "in Python", "cpu-native": "in C"}
_ONE: dict[str, str | int] = {"cores": 1}
_TWO: dict[str, str | int] = {"cores": 2}


def say(summary: Summary) -> list[str]:
    """Say for each kind of work which lanes the second core helps, and by how much."""
    figures = Figures(summary)
    return [sentence for group in figures.groups for sentence in _group(figures, group)]


def _group(figures: Figures, group: Group) -> Iterator[str]:
    gains: list[str] = []
    without: list[str] = []
    others: list[str] = []
    for lane in figures.lanes:
        one, two = figures.cell(group, lane, _ONE), figures.cell(group, lane, _TWO)
        if one is None or two is None:
            continue
        verdict = figures.verdict("qps", two, one)
        if verdict is None:
            others += [not_compared(cell) for cell in (one, two) if not cell.valid]
        elif more(verdict):
            gains.append(f"{lane} {times(verdict)}")
        elif verdict.verdict == "undecided":
            others.append(f"Whether a second core helps {lane} {_work(group)} is {undecided(verdict)}.")
        else:
            without.append(f"{lane} {times(verdict)}{because(two, figures.detail(two))}")
    if gains:
        yield f"Two cores answer more than one {_work(group)}: {joined(gains)}."
    if without:
        yield f"The second core does not help {_work(group)}: {'; '.join(without)}."
    yield from others


def _work(group: Group) -> str:
    return f"when requests compute {_WORK[group.scenario]} {load(group)}"


def applies(lane: Lane, variant: Variant, cores: Cores) -> str | None:
    """Say where the machine has too few cores."""
    del lane
    asked, there = int(variant["cores"]), len(cores.everything)
    return None if asked <= there else f"this machine has {there} core{'' if there == 1 else 's'} to give"


_ASK_GIL = "import sysconfig; print(sysconfig.get_config_var('Py_GIL_DISABLED') or 0)"


def missing(name: str) -> list[str]:
    """Say whether the interpreter lock can be switched off: only a free-threaded interpreter can do without."""
    asked = subprocess.run([stack(name).python, "-c", _ASK_GIL], capture_output=True, text=True, check=False)
    if asked.stdout.strip() == "1":
        return ["the interpreter lock switched on (the stack's interpreter is free-threaded, and runs without it)"]
    return [f"the interpreter lock switched off (the stack {name} has no free-threaded interpreter)"]


CPU = Experiment(
    name="cpu",
    question="Who can use the cores when requests compute?",
    scenarios=("cpu", "cpu-native"),
    variants=(_ONE, _TWO),
    presets={
        QUICK: Preset(
            lanes=("flask-process", "flask-thread", "fastapi-process", "fastapi-thread", "fastapi-coroutine"),
            users=(16,),
            budget_s=200.0,
        ),
        FULL: Preset(lanes=DEFAULT, users=(16, 64), budget_s=1_200.0),
    },
    say=say,
    applies=applies,
    missing=missing,
)
