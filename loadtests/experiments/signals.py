"""`signals`: what a hook costs: the CPU time of a receiver, plain or coroutine."""

import math
import statistics
from collections.abc import Iterator, Sequence

import msgspec
from scipy import special

from loadtests.experiments.experiment import FULL, QUICK, Experiment, Preset
from loadtests.experiments.figures import Figures, more
from loadtests.experiments.words import load, not_compared, so_far
from loadtests.measurement.group import Group
from loadtests.measurement.result import Cell, Summary
from loadtests.servers import LANES

RECEIVERS = (0, 1, 10, 100)
_KINDS = {"sync": "plain", "async": "coroutine"}


class Slope(msgspec.Struct, frozen=True, kw_only=True):
    """What one more receiver costs, in microseconds of CPU, with its interval (None: too few rounds).

    `dearer` tells whether the cell with more of them surely takes more CPU time, or surely less; None where neither is
    sure. `verdict` is the word on the two cells, `so_far` what it rests on.
    """

    us: float
    low: float | None
    high: float | None
    dearer: bool | None
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


def slope(figures: Figures, few: Cell, many: Cell, counted: str = "receivers") -> Slope | None:
    """Return the CPU time of one more of what is `counted`: by the ratio of two cells and what the lesser one takes.

    The interval holds how uncertain both are: the ratio by its own interval, the lesser cell's time by its rounds.
    """
    verdict = figures.verdict("cpu_us_per_request", many, few)
    base_us, ratio = few.cpu_us_per_request, None if verdict is None else verdict.ratio
    if verdict is None or ratio is None or base_us is None:
        return None
    added = int(many.params[counted]) - int(few.params[counted])
    us, off_us = base_us * (ratio - 1), _half_us(figures.detail(few).cpu_us_per_round)

    def end(bound: float | None, sign: int) -> float | None:
        if bound is None or off_us is None:
            return None
        half_us = math.hypot(base_us * (bound - ratio), off_us * (ratio - 1))
        return (us + sign * half_us) / added

    return Slope(
        us=us / added,
        low=end(verdict.low, -1),
        high=end(verdict.high, 1),
        dearer=more(verdict),
        verdict=verdict.verdict,
        so_far=so_far(verdict),
    )


def _half_us(rounds: Sequence[float | None]) -> float | None:
    """Return half the 95 % interval of a mean over rounds, None of fewer than two."""
    known = [each for each in rounds if each is not None]
    if len(known) < 2:  # noqa: PLR2004 - one alone has no spread
        return None
    return float(special.stdtrit(len(known) - 1, 0.975)) * statistics.stdev(known) / math.sqrt(len(known))


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
    if not found.dearer:
        return f"{where}: requests with more {kind} receivers took less CPU time, so no cost can be told: {shown}."
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
