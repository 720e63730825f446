"""`signals`: what a hook costs: the CPU time of a receiver, plain or coroutine."""

from collections.abc import Iterator

import msgspec

from loadtests.experiments.experiment import FULL, QUICK, Experiment, Preset
from loadtests.experiments.figures import Figures
from loadtests.experiments.words import load, not_compared, so_far
from loadtests.measurement.group import Group
from loadtests.measurement.result import Cell, Summary
from loadtests.servers import LANES

RECEIVERS = (0, 1, 10, 100)
_KINDS = {"sync": "plain", "async": "coroutine"}


class Slope(msgspec.Struct, frozen=True, kw_only=True):
    """What one more receiver costs, in microseconds of CPU, with its interval (None: too few rounds).

    `verdict` is the word on the two cells that it comes from, `so_far` what it rests on.
    """

    us: float
    low: float | None
    high: float | None
    verdict: str
    so_far: str


def say(summary: Summary) -> list[str]:
    """Say for each lane what a receiver costs, from none to the most."""
    figures = Figures(summary)
    return [sentence for group in figures.groups for lane in figures.lanes for sentence in _lane(figures, group, lane)]


def _lane(figures: Figures, group: Group, lane: str) -> Iterator[str]:
    cells = [cell for cell in figures.of(group) if cell.lane == lane]
    cells.sort(key=lambda cell: int(cell.params["receivers"]))
    yield from (not_compared(cell) for cell in cells if not cell.valid)
    valid = [cell for cell in cells if cell.valid]
    if len(valid) > 1 and (found := slope(figures, valid[0], valid[-1])):
        yield _told(valid[0], valid[-1], found)


def slope(figures: Figures, few: Cell, many: Cell) -> Slope | None:
    """Return the CPU time of a receiver: from the ratio of two cells, whose interval is that of their verdict."""
    verdict = figures.verdict("cpu_us_per_request", many, few)
    base_us = few.cpu_us_per_request
    if verdict is None or verdict.ratio is None or base_us is None:
        return None
    receivers = int(many.params["receivers"]) - int(few.params["receivers"])

    def each(ratio: float | None) -> float | None:
        return None if ratio is None else base_us * (ratio - 1) / receivers

    return Slope(
        us=base_us * (verdict.ratio - 1) / receivers,
        low=each(verdict.low),
        high=each(verdict.high),
        verdict=verdict.verdict,
        so_far=so_far(verdict),
    )


def _told(few: Cell, many: Cell, found: Slope) -> str:
    kind = _KINDS[few.style]
    where = f"{few.lane} {load(Figures.group(few))}"
    between = f"from {few.params['receivers']} to {many.params['receivers']} receivers"
    if found.low is None or found.high is None:
        return (
            f"{where}: what a {kind} receiver costs is undecided: {_us(found.us)} of CPU {between} "
            f"[no interval] {found.so_far}."
        )
    shown = f"{_us(found.us)} of CPU [{found.low:,.2f}, {found.high:,.2f}] {between}"
    if found.verdict == "equal":
        return f"{where}: a {kind} receiver costs less than this run can tell: {shown}."
    if found.verdict == "undecided":
        return f"{where}: whether a {kind} receiver costs anything is undecided: {shown} {found.so_far}."
    return f"{where}: a {kind} receiver costs {shown}."


def _us(value: float) -> str:
    return f"{value:,.2f} µs"


SIGNALS = Experiment(
    name="signals",
    question="What do hooks cost?",
    scenarios=("signals",),
    variants=tuple({"receivers": count} for count in RECEIVERS),
    presets={
        QUICK: Preset(
            lanes=(
                "flask-thread", "flask-async-view", "fastapi-thread", "fastapi-coroutine", "django-thread",
                "django-coroutine",
            ),
            users=(32,),
            budget_s=200.0,
        ),
        FULL: Preset(lanes=tuple(LANES), users=(32,), budget_s=1_200.0),
    },
    say=say,
)  # fmt: skip
