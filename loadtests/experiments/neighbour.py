"""`neighbour`: what one heavy request does to the others, whose requests come at random moments.

The lag of an event loop, of threads or of processes is defined by what a request feels that comes at a random moment:
by how much longer its answer takes in the mean. Arrivals of a Poisson process see the time average (Wolff 1982), and
the time counts from the arrival, so a request that must wait to be sent does not hide it.
"""

import itertools
from collections.abc import Iterator

from loadtests.experiments.experiment import FULL, QUICK, Experiment, Preset
from loadtests.experiments.figures import Figures, more
from loadtests.experiments.words import load, milliseconds, not_compared, so_far, times, undecided
from loadtests.measurement import verdicts
from loadtests.measurement.cores import Cores
from loadtests.measurement.factors import BESIDE, NOTHING, Variant
from loadtests.measurement.group import Group
from loadtests.measurement.result import Cell, Summary
from loadtests.measurement.verdict import Verdict
from loadtests.measurement.verdicts import Metric
from loadtests.servers import LANES, Lane

_MEAN = Metric(name="mean_ms", more_is_better=False)
HEAVY, BLOCKING = "cpu-heavy", "blocking"
_WHAT = {HEAVY: "one user's computation in Python", BLOCKING: "one user's blocking wait"}


def say(summary: Summary) -> list[str]:
    """Say for each lane what each neighbour does to the others' p99, and the lag that it causes."""
    figures = Figures(summary)
    return [sentence for group in figures.groups for lane in figures.lanes for sentence in _lane(figures, group, lane)]


def _lane(figures: Figures, group: Group, lane: str) -> Iterator[str]:
    calm = figures.cell(group, lane, {BESIDE: NOTHING})
    if calm is not None and not calm.valid:
        yield not_compared(calm)
    for what, words in _WHAT.items():
        cell = figures.cell(group, lane, {BESIDE: what})
        if cell is None:
            continue
        if not cell.valid:
            yield not_compared(cell)
        elif calm is not None and calm.valid:
            yield f"{lane} beside {words} {load(group)}: {_p99(figures, cell, calm)}; {_lag(figures, cell, calm)}."


def _p99(figures: Figures, cell: Cell, calm: Cell) -> str:
    verdict = figures.verdict("p99_ms", cell, calm)
    if cell.rt_ms.p99 is None or calm.rt_ms.p99 is None:
        return "too few requests to show the others' p99"
    shown = f"{milliseconds(cell.rt_ms.p99)} instead of {milliseconds(calm.rt_ms.p99)}"
    if verdict is None:
        return f"the others' p99 is {shown}, with no verdict"
    if more(verdict) is not None:
        return f"the others' p99 is {shown}, {times(verdict)}"
    if verdict.verdict == "equal":
        both = f"{milliseconds(calm.rt_ms.p99)} without and {milliseconds(cell.rt_ms.p99)} with it"
        return f"the others' p99 stays as it is: {both}, {times(verdict)}"
    return f"whether the others' p99 changes is {undecided(verdict)} ({shown})"


def _lag(figures: Figures, cell: Cell, calm: Cell) -> str:
    """Say by how much longer an answer takes in the mean, from the ratio of the rounds' means."""
    found = lag(figures, cell, calm)
    base_ms = calm.rt_ms.mean
    if found is None or base_ms is None:
        return "its lag is not known"
    lag_ms = base_ms * ((found.ratio or 1.0) - 1)
    if found.low is None or found.high is None:
        return f"its lag is undecided: {_ms(lag_ms)} [no interval] {so_far(found)}"
    low_ms, high_ms = base_ms * (found.low - 1), base_ms * (found.high - 1)
    # To add zero makes a rounded negative zero positive.
    shown = f"{_ms(lag_ms)} [{round(low_ms, 1) + 0:,.1f}, {round(high_ms, 1) + 0:,.1f}]"
    if found.verdict == "equal":
        return f"it adds no lag that this run can tell: {shown}"
    if found.verdict == "undecided":
        return f"whether it adds any lag is undecided: {shown} {so_far(found)}"
    return f"its lag, what a request that comes at any moment waits longer in the mean, is {shown}"


def lag(figures: Figures, cell: Cell, calm: Cell) -> Verdict | None:
    """Compare the mean response times with and without a neighbour; None where no round holds both.

    No difference counts that is smaller than what the control's p99 can tell, which swings more than its mean.
    """
    # What comes after a cell's last slice that counts is left out of its rounds.
    rounds = itertools.zip_longest(*(figures.detail(each).mean_ms_per_round for each in (cell, calm)))
    both = [(beside, alone) for beside, alone in rounds if beside is not None and alone is not None]
    values = {cell.name: [beside for beside, _ in both], calm.name: [alone for _, alone in both]}
    group = figures.group(cell)
    margin = verdicts.margin(figures.resolution(group, "p99_ms"))
    found = verdicts.judge(group, _MEAN, values, margin=margin)
    return found[0] if found else None


def _ms(value: float) -> str:
    return f"{round(value, 1) + 0:,.1f} ms"


def applies(lane: Lane, variant: Variant, cores: Cores) -> str | None:
    """Say where a blocking wait is no mistake."""
    del cores
    if variant[BESIDE] == BLOCKING and lane.styles[0] == "sync" and lane.model != "greenlet":
        return "a plain function waits in a thread or process of its own either way: for it the two waits are the same"
    return None


NEIGHBOUR = Experiment(
    name="neighbour",
    question="What does one heavy request do to the others' p99, and to the loop's lag?",
    scenarios=("hello",),
    variants=tuple({BESIDE: what} for what in (NOTHING, HEAVY, BLOCKING)),
    presets={
        QUICK: Preset(
            lanes=("flask-thread", "flask-async-view", "fastapi-thread", "fastapi-coroutine"),
            users=(500,),
            rates=(100.0,),
            budget_s=270.0,
        ),
        FULL: Preset(lanes=tuple(LANES), users=(500,), rates=(100.0,), budget_s=1_800.0),
    },
    # While the loop stands still nobody is answered: a window has to hold many such times, or its ends count for much.
    seconds=2.5,
    say=say,
    applies=applies,
)
