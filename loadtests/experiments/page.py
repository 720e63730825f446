"""`page`: what a page costs as real sites have it: session, context, two reads, a signal, a template, a count."""

from collections.abc import Iterator, Sequence

from loadtests.experiments.experiment import FULL, QUICK, Experiment, Preset
from loadtests.experiments.figures import Figures, more
from loadtests.experiments.floor import ranking
from loadtests.experiments.words import because, interval, load, milliseconds, not_compared, times, undecided
from loadtests.measurement.result import Cell, Summary
from loadtests.measurement.verdict import Verdict
from loadtests.servers import LANES


def say(summary: Summary) -> list[str]:
    """Say who shows most pages, how far the others are behind and why, and what one page takes."""
    figures = Figures(summary)
    return [sentence for group in figures.groups for sentence in _group(figures, figures.of(group))]


def _group(figures: Figures, cells: Sequence[Cell]) -> Iterator[str]:
    valid = [cell for cell in cells if cell.valid and cell.qps]
    if not valid:
        yield f"No lane has a valid figure {load(figures.group(cells[0]))}, so nothing can be said about pages there."
    else:
        best = max(valid, key=lambda cell: cell.qps or 0.0)
        yield _most(figures, best)
        for cell in valid:
            if cell is not best and (verdict := figures.verdict("qps", best, cell)):
                yield _against(figures, verdict, cell)
        yield from _costs(figures, valid)
    yield from (not_compared(cell) for cell in cells if not cell.valid)


def _most(figures: Figures, best: Cell) -> str:
    p99 = "unknown" if best.rt_ms.p99 is None else milliseconds(best.rt_ms.p99)
    why = because(best, figures.detail(best))
    return f"{best.name} shows {best.qps:,.0f} pages per second {load(figures.group(best))}, p99 {p99}{why}."


def _against(figures: Figures, verdict: Verdict, cell: Cell) -> str:
    where = load(figures.group(cell))
    if more(verdict):
        why = because(cell, figures.detail(cell))
        return f"{verdict.a} shows {times(verdict)} as many pages as {verdict.b} {where}{why}."
    if verdict.verdict == "equal":
        return f"{verdict.a} and {verdict.b} show as many pages {where}: {interval(verdict)}."
    return f"Whether {verdict.a} or {verdict.b} shows more pages {where} is {undecided(verdict)}."


def _costs(figures: Figures, cells: Sequence[Cell]) -> Iterator[str]:
    """Say what a page takes of the processor, the least first; a lane whose cost is not known is left out."""
    costs = {cell.name: cell.cpu_us_per_request for cell in cells if cell.cpu_us_per_request}
    known = sorted((cell for cell in cells if cell.name in costs), key=lambda cell: costs[cell.name])
    if known:
        yield f"CPU time of a page {load(figures.group(cells[0]))}, cheapest first: {ranking(figures, known)}."


PAGE = Experiment(
    name="page",
    question="What does a page cost as real sites have it?",
    scenarios=("page",),
    presets={
        QUICK: Preset(
            lanes=(
                "flask-thread", "flask-greenlet", "flask-async-view", "fastapi-thread", "fastapi-coroutine",
                "django-thread", "django-coroutine",
            ),
            users=(32,),
            budget_s=240.0,
        ),
        FULL: Preset(lanes=tuple(LANES), users=(32, 256), budget_s=1_800.0),
    },
    say=say,
)  # fmt: skip
