"""`floor`: what framework and server cost where the app does nothing."""

from collections.abc import Iterator, Sequence

from loadtests.experiments.experiment import FULL, QUICK, Experiment, Preset
from loadtests.experiments.figures import Figures, more
from loadtests.experiments.words import load, not_compared, times, undecided
from loadtests.measurement.result import Cell, Summary
from loadtests.servers import LANES

_CPU = "cpu_us_per_request"


def say(summary: Summary) -> list[str]:
    """Rank the lanes by CPU per request, ties as ties, and say how far apart the ends are."""
    figures = Figures(summary)
    return [sentence for group in figures.groups for sentence in _group(figures, figures.of(group))]


def _group(figures: Figures, cells: Sequence[Cell]) -> Iterator[str]:
    costs = {cell.name: cell.cpu_us_per_request for cell in cells if cell.valid and cell.cpu_us_per_request}
    ranked = sorted((cell for cell in cells if cell.name in costs), key=lambda cell: costs[cell.name])
    if ranked:
        what = f"CPU per request of framework and server {load(figures.group(ranked[0]))}, cheapest first"
        yield f"{what}: {ranking(figures, ranked)}."
    if len(ranked) > 1:
        yield _ends(figures, ranked[0], ranked[-1])
    yield from (not_compared(cell) for cell in cells if cell not in ranked)


def ranking(figures: Figures, ranked: Sequence[Cell]) -> str:
    """Rank lanes by what a request takes of the processor; those that were not told apart share a rank."""
    ranks = {cell.name: 1 + sum(_surely_cheaper(figures, other, cell) for other in ranked) for cell in ranked}
    ordered = sorted(ranked, key=lambda cell: ranks[cell.name])
    parts = [f"{ranks[cell.name]}. {cell.name} {cell.cpu_us_per_request:,.0f} µs" for cell in ordered]
    tied = "; equal ranks were not told apart" if len(set(ranks.values())) < len(ranks) else ""
    return f"{', '.join(parts)}{tied}"


def _surely_cheaper(figures: Figures, a: Cell, b: Cell) -> bool:
    verdict = figures.verdict(_CPU, a, b)
    return verdict is not None and more(verdict) is False


def _ends(figures: Figures, least: Cell, most: Cell) -> str:
    verdict = figures.verdict(_CPU, most, least)
    if verdict is None:
        return f"{most.name} and {least.name} were not compared."
    if more(verdict):
        return f"{most.name} takes {times(verdict)} the CPU that {least.name} takes for the same answer."
    if verdict.verdict == "equal":
        return f"Even the ends take the same CPU: {most.name} takes {times(verdict)} that of {least.name}."
    return f"Whether {most.name} takes more CPU per request than {least.name} is {undecided(verdict)}."


FLOOR = Experiment(
    name="floor",
    question="What does framework and server cost per request?",
    scenarios=("hello",),
    presets={
        QUICK: Preset(lanes=tuple(LANES), users=(64,), budget_s=200.0),
        FULL: Preset(lanes=tuple(LANES), users=(1, 64, 512), budget_s=900.0),
    },
    say=say,
)
