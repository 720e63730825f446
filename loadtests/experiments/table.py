"""The table of experiments."""

import msgspec

from backing.problem import Problem
from loadtests.experiments.context import CONTEXT
from loadtests.experiments.cpu import CPU
from loadtests.experiments.experiment import PRESETS, Experiment, Preset
from loadtests.experiments.floor import FLOOR
from loadtests.experiments.neighbour import NEIGHBOUR
from loadtests.experiments.page import PAGE
from loadtests.experiments.pool import POOL
from loadtests.experiments.signals import SIGNALS
from loadtests.experiments.upstream import UPSTREAM
from loadtests.experiments.wait import WAIT
from loadtests.experiments.writes import WRITES
from loadtests.isolation import NAME
from loadtests.measurement.result import Summary

EXPERIMENTS = {
    each.name: each for each in (FLOOR, WAIT, CPU, POOL, SIGNALS, CONTEXT, NEIGHBOUR, UPSTREAM, WRITES, PAGE)
}


def find(name: str) -> Experiment:
    """Return the experiment; raise `Problem` when there is none of that name."""
    if name not in EXPERIMENTS:
        raise Problem(f"{name}: there is no such experiment; use one of {', '.join([*EXPERIMENTS, NAME])}")
    return EXPERIMENTS[name]


def preset(experiment: Experiment, name: str) -> Preset:
    """Return one of its presets; raise `Problem` when there is none of that name."""
    if name not in experiment.presets:
        raise Problem(f"--preset {name}: there is no such preset; use one of {', '.join(PRESETS)}")
    return experiment.presets[name]


def sentences(name: str, summary: Summary) -> list[str]:
    """Return what an experiment's figures say."""
    return list(EXPERIMENTS[name].say(summary))


def told(name: str, summary: Summary) -> Summary:
    """Return the summary with what an experiment makes of its figures: tables of its own, and sentences."""
    return msgspec.structs.replace(summary, grids=EXPERIMENTS[name].grids(summary), sentences=sentences(name, summary))
