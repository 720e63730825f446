"""`writes`: what a lock costs where many change one row, and what is lost without one."""

from collections.abc import Iterator

from contract.rows.writing import LOCK
from loadtests.experiments.experiment import FULL, QUICK, Experiment, Preset
from loadtests.experiments.figures import Figures, more
from loadtests.experiments.words import failures, joined, load, not_compared, times, undecided
from loadtests.measurement.audit import Audit
from loadtests.measurement.contradiction import UNSAFE, lost_of
from loadtests.measurement.errors import failed
from loadtests.measurement.group import Group
from loadtests.measurement.result import Cell, Grid, Summary
from loadtests.report.numbers import MISSING

VARIANTS: tuple[dict[str, str | int], ...] = tuple({LOCK.name: lock} for lock in LOCK.choices)
# No event in n trials: fewer than 3 in n, at 95 %.
_RULE_OF_THREE = 3
_ONE_PERCENT = 0.01


def say(summary: Summary) -> list[str]:
    """Say for each lane and lock how many writes stand per second, how many were lost, and which lock costs least."""
    figures = Figures(summary)
    return [
        sentence
        for group in figures.groups
        for lane in figures.lanes
        for sentence in _lane(figures, group, [cell for cell in figures.of(group) if cell.lane == lane])
    ]


def _lane(figures: Figures, group: Group, cells: list[Cell]) -> Iterator[str]:
    for cell in cells:
        if cell.audit is None or cell.qps is None:
            yield not_compared(cell)
            continue
        yield f"{cell.name} {load(group)}: {_told(cell.audit, cell.qps)}."
        if failed(cell.errors):
            yield f"{cell.name} {load(group)}: {failures(cell)}; some of them may have been written all the same."
        if not cell.valid:
            yield not_compared(cell)
    yield from _ranked(figures, [cell for cell in cells if cell.valid and cell.params[LOCK.name] != UNSAFE])


def _told(audit: Audit, qps: float) -> str:
    """Return how many of the answered writes stand, and how many are lost, as far as that is known."""
    if audit.answered == 0:
        return "no write was answered"
    if audit.none_lost:
        bound = _RULE_OF_THREE / audit.answered * 1e6
        kept = f"none of {audit.answered:,} was lost: fewer than {bound:,.0f} per million at 95 %"
        return f"{qps:,.0f} writes per second, {kept}"
    if audit.too_many:
        return f"{qps:,.0f} writes per second were answered, and more are there than were sent"
    shares = [_percent(lost / audit.answered) for lost in (audit.lost, audit.lost_at_most)]
    return (
        f"{_standing(audit, qps)} of {qps:,.0f} writes per second stand: {lost_of(audit)} of {audit.answered:,} were "
        f"answered and are lost, {' to '.join(dict.fromkeys(shares))}"
    )


def _standing(audit: Audit, qps: float) -> str:
    """Return how many of the answered writes per second stand; a range where it is not known how many are lost."""
    ends = [f"{qps * (1 - lost / audit.answered):,.0f}" for lost in (audit.lost_at_most, audit.lost)]
    return " to ".join(dict.fromkeys(ends))


def _percent(share: float) -> str:
    """Return `75 %`, or `0.2 %`: what is lost is never rounded to nothing."""
    return f"{share:.0%}".replace("%", " %") if share >= _ONE_PERCENT else f"{float(f'{100 * share:.1g}'):g} %"


def _ranked(figures: Figures, safe: list[Cell]) -> Iterator[str]:
    """Compare the safe lock that answers most with each of the others."""
    if len(safe) < 2:  # noqa: PLR2004 - there is nothing to compare
        return
    best = max(safe, key=lambda cell: cell.qps or 0.0)
    ahead: list[str] = []
    for other in (cell for cell in safe if cell is not best):
        verdict = figures.verdict("qps", best, other)
        if verdict is None:
            continue
        names = [str(each.params[LOCK.name]) for each in (best, other)]
        if more(verdict):
            ahead.append(f"{times(verdict)} as many as {names[1]}")
        elif verdict.verdict == "equal":
            yield f"{best.lane} {load(figures.group(best))}: {joined(names)} write equally many: {times(verdict)}."
        else:
            where = f"{best.lane} {load(figures.group(best))}"
            yield f"{where}: whether {' or '.join(names)} writes more is {undecided(verdict)}."
    if ahead:
        yield f"{best.lane} {load(figures.group(best))}: lock={best.params[LOCK.name]} writes {joined(ahead)}."


def grids(summary: Summary) -> list[Grid]:
    """Return what was written for each number of users: of whole slices, but for the writes per second."""
    figures = Figures(summary)
    columns = ["written", "stand/s", "answered", "lost", "failed"]
    return [
        Grid(
            title=f"what was written {load(group)}",
            columns=columns,
            rows=[[cell.name, *_row(cell)] for cell in figures.of(group)],
        )
        for group in figures.groups
    ]


def _row(cell: Cell) -> list[str]:
    """Return a cell's figures; what is lost is not known where more is there than was sent."""
    audit = cell.audit
    if audit is None or cell.qps is None:
        return [MISSING] * 4
    known = audit.answered > 0 and not audit.too_many
    stand, lost = (_standing(audit, cell.qps), lost_of(audit)) if known else (MISSING, MISSING)
    return [stand, f"{audit.answered:,}", lost, f"{audit.failed:,}"]


WRITES = Experiment(
    name="writes",
    question="What does a lock cost where many write, and what is lost without one?",
    scenarios=("like",),
    variants=VARIANTS,
    presets={
        QUICK: Preset(
            lanes=("flask-thread", "fastapi-coroutine", "django-thread", "flask-process"),
            users=(32,),
            budget_s=240.0,
        ),
        FULL: Preset(
            lanes=(
                "flask-process",
                "flask-thread",
                "flask-greenlet",
                "flask-async-view",
                "fastapi-thread",
                "fastapi-coroutine",
                "fastapi-process",
                "django-thread",
                "django-coroutine",
            ),
            users=(8, 64),
            budget_s=2_400.0,
        ),
    },
    # Those who wait for a lock in Valkey ask again after a while, so some wait much longer than others.
    seconds=2.5,
    say=say,
    grids=grids,
)
