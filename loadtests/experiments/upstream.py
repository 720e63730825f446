"""`upstream`: what happens when requests call a slow service, once or several times."""

from collections.abc import Iterator

from loadtests.experiments.experiment import FULL, QUICK, Experiment, Preset
from loadtests.experiments.figures import Figures, more, turned
from loadtests.experiments.signals import slope
from loadtests.experiments.words import because, interval, joined, load, milliseconds, not_compared, times, undecided
from loadtests.measurement.group import Group
from loadtests.measurement.result import Cell, Summary
from loadtests.measurement.verdict import Verdict
from loadtests.servers import LANES

ONCE: dict[str, str | int] = {"calls": 1}
THRICE: dict[str, str | int] = {"calls": 3}
_MADE = {"sync": "one after another", "async": "all together"}


def say(summary: Summary) -> list[str]:
    """Say for each lane what two calls more take, in answers and in CPU time, and which lane answers most with them."""
    figures = Figures(summary)
    found = [sentence for group in figures.groups for lane in figures.lanes for sentence in _lane(figures, group, lane)]
    return [*found, *(sentence for group in figures.groups for sentence in _between(figures, group))]


def _lane(figures: Figures, group: Group, lane: str) -> Iterator[str]:
    cells = [cell for variant in (ONCE, THRICE) if (cell := figures.cell(group, lane, variant))]
    yield from (not_compared(cell) for cell in cells if not cell.valid)
    if len(cells) == len((ONCE, THRICE)) and (verdict := figures.verdict("qps", *cells)):
        once, thrice = cells
        yield f"{lane} {load(group)}: {_answers(verdict, thrice)}; {_p99s(once, thrice)}{_cpu(figures, once, thrice)}."


def _answers(verdict: Verdict, thrice: Cell) -> str:
    made = f"three calls of {thrice.params['ms']} ms, made {_MADE[thrice.style]}"
    ahead = more(verdict)
    if ahead:
        return f"it answers {times(verdict)} as many with one call as with {made}"
    if ahead is False:
        return f"it answers {times(turned(verdict))} as many with {made}, as with one"
    if verdict.verdict == "equal":
        return f"it answers as many with one call as with {made}: {times(verdict)}"
    return f"whether it answers more with one call than with {made}, is {undecided(verdict)}"


def _p99s(once: Cell, thrice: Cell) -> str:
    shown = ["unknown" if cell.rt_ms.p99 is None else milliseconds(cell.rt_ms.p99) for cell in (once, thrice)]
    return f"p99 {joined([f'{shown[0]} with one', f'{shown[1]} with three'])}"


def _cpu(figures: Figures, once: Cell, thrice: Cell) -> str:
    """Return what a call costs in CPU time, where three calls surely take more of it than one."""
    found = slope(figures, once, thrice, "calls")
    if found is None or found.low is None or found.high is None or not found.dearer:
        return ""
    return f"; a call costs {found.us:,.0f} µs of CPU [{found.low:,.0f}, {found.high:,.0f}]"


def _between(figures: Figures, group: Group) -> Iterator[str]:
    """Compare the lane that answers most with three calls with each other one."""
    cells = [cell for lane in figures.lanes if (cell := figures.cell(group, lane, THRICE)) and cell.valid and cell.qps]
    if not cells:
        yield f"No lane has a valid figure with three calls {load(group)}, so nothing can be said about calling there."
        return
    best = max(cells, key=lambda cell: cell.qps or 0.0)
    for cell in cells:
        if cell is not best and (verdict := figures.verdict("qps", best, cell)):
            yield _against(figures, verdict, best, cell)


def _against(figures: Figures, verdict: Verdict, best: Cell, cell: Cell) -> str:
    where = f"with three calls {load(figures.group(cell))}"
    if more(verdict):
        return (
            f"{best.lane} answers {times(verdict)} as many as {cell.lane} {where}{because(cell, figures.detail(cell))}."
        )
    if verdict.verdict == "equal":
        return f"{best.lane} and {cell.lane} answer as many {where}: {interval(verdict)}."
    return f"Whether {best.lane} or {cell.lane} answers more {where} is {undecided(verdict)}."


UPSTREAM = Experiment(
    name="upstream",
    question="What happens when requests call a slow service?",
    scenarios=("upstream",),
    variants=(ONCE, THRICE),
    presets={
        QUICK: Preset(
            lanes=("flask-thread", "fastapi-thread", "fastapi-coroutine", "django-thread", "django-coroutine"),
            users=(16, 64),
            budget_s=240.0,
            longest_s=5.0,
        ),
        FULL: Preset(lanes=tuple(LANES), users=(16, 64), budget_s=1_800.0, longest_s=20.0),
    },
    say=say,
)
