"""`wait`: what happens when requests wait on I/O, from one user to many."""

from collections.abc import Iterator, Sequence

from loadtests.experiments.experiment import FULL, QUICK, Experiment, Preset
from loadtests.experiments.figures import Figures, more, turned
from loadtests.experiments.words import because, joined, load, not_compared, times, undecided
from loadtests.measurement.group import Group
from loadtests.measurement.result import Cell, Summary
from loadtests.measurement.verdict import Verdict
from loadtests.servers import LANES

USERS = tuple(2**power for power in range(10))


def say(summary: Summary) -> list[str]:
    """Say how far the lane that answers most at many users is ahead of each other one, from when on, and why."""
    figures = Figures(summary)
    leader = _leader(figures)
    if leader is None:
        return ["No lane has a valid figure, so nothing can be said about waiting."]
    found = [sentence for lane in figures.lanes for sentence in _against(figures, leader, lane)]
    return [*found, *_reached(figures)]


def _leader(figures: Figures) -> str | None:
    """Return the lane that answers most at the largest number of users with a valid cell."""
    for group in reversed(figures.groups):
        if valid := [cell for cell in figures.of(group) if cell.valid and cell.qps]:
            return max(valid, key=lambda cell: cell.qps or 0.0).lane
    return None


def _against(figures: Figures, leader: str, lane: str) -> Iterator[str]:
    """Compare with the leader at the most users at which both are valid, and find the crossover."""
    compared = dict(_verdicts(figures, leader, lane))
    if lane == leader:
        return
    if not compared:
        cells = [cell for cell in figures.cells if cell.lane == lane and not cell.valid]
        yield not_compared(cells[-1]) if cells else f"{lane} and {leader} were compared at no load."
        return
    group = max(compared, key=lambda each: each.users)
    yield _distance(figures, group, compared[group])
    yield from _crossover(compared, leader, lane)


def _verdicts(figures: Figures, leader: str, lane: str) -> Iterator[tuple[Group, Verdict]]:
    for group in figures.groups:
        a, b = figures.cell(group, leader), figures.cell(group, lane)
        if a is not None and b is not None and (verdict := figures.verdict("qps", a, b)):
            yield group, verdict


def _distance(figures: Figures, group: Group, verdict: Verdict) -> str:
    ahead = turned(verdict) if more(verdict) is False else verdict
    behind = figures.cell(group, ahead.b)
    waiting = "" if behind is None else f" when requests wait {behind.params['ms']} ms"
    where = f"{waiting} {load(group)}"
    if more(ahead):
        why = "" if behind is None else because(behind, figures.detail(behind))
        return f"{ahead.a} answers {times(ahead)} as many as {ahead.b}{where}{why}."
    if ahead.verdict == "equal":
        return f"{ahead.a} answers as many as {ahead.b}{where}: {times(ahead)}."
    return f"Whether {ahead.a} or {ahead.b} answers more{where} is {undecided(ahead)}."


def _crossover(compared: dict[Group, Verdict], leader: str, lane: str) -> Iterator[str]:
    """Say from how many users on the leader is surely ahead, where that is not so from the first level on."""
    levels = sorted(compared, key=lambda group: group.users)
    first = len(levels)
    while first and more(compared[levels[first - 1]]):
        first -= 1
    if 0 < first < len(levels):
        yield (
            f"{leader} is surely ahead of {lane} from {levels[first].users:,} users on; "
            f"at {_below(compared, levels[:first])}."
        )


def _below(compared: dict[Group, Verdict], levels: Sequence[Group]) -> str:
    words = {True: "it is ahead too", False: "it is behind", None: "the two are equal or not told apart"}
    found: dict[str, list[str]] = {}
    for group in levels:
        found.setdefault(words[more(compared[group])], []).append(f"{group.users:,}")
    return ", at ".join(f"{joined(users)} {what}" for what, users in found.items())


def _reached(figures: Figures) -> Iterator[str]:
    """Say of each lane how much it answered at most, and what held it back there."""
    for lane in figures.lanes:
        cells = [cell for cell in figures.cells if cell.lane == lane and cell.valid and cell.qps]
        if cells:
            best: Cell = max(cells, key=lambda cell: cell.qps or 0.0)
            why = because(best, figures.detail(best))
            yield f"{lane} reached {best.qps:,.0f}/s {load(figures.group(best))}{why}."


WAIT = Experiment(
    name="wait",
    question="What happens when requests wait on I/O?",
    scenarios=("wait",),
    presets={
        QUICK: Preset(
            lanes=("flask-process", "flask-thread", "fastapi-coroutine"),
            users=USERS,
            budget_s=285.0,
            longest_s=5.0,
        ),
        FULL: Preset(lanes=tuple(LANES), users=USERS, budget_s=2_400.0, longest_s=15.0),
    },
    say=say,
)
