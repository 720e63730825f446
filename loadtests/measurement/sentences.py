"""Say in words what a group's figures support, and no more."""

from collections.abc import Mapping, Sequence

from loadtests.measurement.contradiction import lost_of
from loadtests.measurement.group import Group
from loadtests.measurement.result import Cell
from loadtests.measurement.verdict import Verdict
from loadtests.measurement.verdicts import RANKED_BY, surely_better, unbeaten

# With more figures a sentence is a table badly told.
SHOWN = 3


def sentence(group: Group, cells: Sequence[Cell], ranks: Mapping[str, int], verdicts: Sequence[Verdict]) -> str:
    """Name the lanes that none is surely ahead of, how far ahead one of them surely is, and the surely cheapest."""
    ranked = sorted((cell for cell in cells if cell.name in ranks), key=lambda cell: -(cell.qps or 0.0))
    if not ranked:
        return f"{group}: no cell is valid, so nothing can be said."
    best = _unbeaten(ranked, verdicts)
    parts = (
        _leaders(best, ranked, verdicts),
        _between(best, verdicts),
        _distance(best, ranked, verdicts),
        _cheapest(ranked, verdicts),
        _lossy(ranked),
    )
    return f"{group}: {'; '.join(part for part in parts if part)}."


def _unbeaten(ranked: Sequence[Cell], verdicts: Sequence[Verdict]) -> list[Cell]:
    """Return the cells that none is surely ahead of: there is one at least, since nothing is ahead of itself."""
    best = unbeaten([cell.name for cell in ranked], verdicts)
    return [cell for cell in ranked if cell.name in best] or list(ranked)


def _between(best: Sequence[Cell], verdicts: Sequence[Verdict]) -> str:
    """Say what is known of the lanes that none is surely ahead of: equal, or how many rounds it would take."""
    names = {cell.name for cell in best}
    among = [each for each in verdicts if each.metric == RANKED_BY and {each.a, each.b} <= names]
    waiting = [each for each in among if each.verdict == "undecided"]
    if not waiting:
        return "they are equal" if among else ""
    rounds = max(each.rounds for each in waiting)
    needed = [each.rounds_needed for each in waiting if each.rounds_needed is not None]
    if not needed:
        more = f", and no number of rounds in sight would decide {'them' if len(waiting) > 1 else 'it'}"
    elif len(needed) == len(waiting):
        more = f", and would take about {_span(needed)}"
    else:
        more = f"; about {_span(needed)} would decide {len(needed)} of them, no number in sight the others"
    which = f"{len(waiting)} of {len(among)} pairs of them are" if len(among) > 1 else "which of them serves more is"
    return f"{which} undecided after {rounds} {'round' if rounds == 1 else 'rounds'}{more}"


def _span(needed: Sequence[int]) -> str:
    least, most = min(needed), max(needed)
    return f"{least:,} rounds" if least == most else f"{least:,} to {most:,} rounds"


def _leaders(best: Sequence[Cell], ranked: Sequence[Cell], verdicts: Sequence[Verdict]) -> str:
    if len(ranked) == 1:
        return f"only {_figures(best[0])} is valid"
    behind = surely_better(verdicts, RANKED_BY).get(best[0].name, set())
    if len(behind) == len(ranked) - 1:
        return f"{_figures(best[0])} serves most"
    return f"no lane is surely ahead of {_some(best)}"


def _figures(cell: Cell) -> str:
    p99 = "" if cell.rt_ms.p99 is None else f", p99 {cell.rt_ms.p99:,.1f} ms"
    cpu = "" if cell.cpu_us_per_request is None else f", {cell.cpu_us_per_request:,.0f} µs CPU"
    return f"{cell.name} ({cell.qps or 0:,.0f} requests/s{p99}{cpu})"


def _lossy(ranked: Sequence[Cell]) -> str:
    """Name the lanes that answered writes as done which the database does not hold: they are no faster for it."""
    lossy = [(cell.name, cell.audit) for cell in ranked if cell.audit is not None and cell.audit.lost > 0]
    told = [f"{name} {lost_of(audit)} of {audit.answered:,}" for name, audit in lossy]
    return f"writes that were answered as done and are lost: {', '.join(told)}" if told else ""


def _distance(best: Sequence[Cell], ranked: Sequence[Cell], verdicts: Sequence[Verdict]) -> str:
    """Say how far the first of the best that is surely ahead of any lane is ahead of the nearest such lane."""
    ahead = surely_better(verdicts, RANKED_BY)
    for leader in (cell.name for cell in best):
        for behind in (cell.name for cell in ranked if cell.name in ahead.get(leader, ())):
            return _times(leader, behind, verdicts)
    return ""


def _times(leader: str, behind: str, verdicts: Sequence[Verdict]) -> str:
    """Give the interval of a pair that was told apart, seen from the leader."""
    for each in verdicts:
        if each.metric == RANKED_BY and {each.a, each.b} == {leader, behind} and each.ratio and each.low and each.high:
            turned = (1 / each.ratio, 1 / each.high, 1 / each.low)
            ratio, low, high = (each.ratio, each.low, each.high) if each.a == leader else turned
            return f"{leader} does {ratio:.2f} times what {behind} does ({low:.2f} to {high:.2f})"
    return ""


def _cheapest(ranked: Sequence[Cell], verdicts: Sequence[Verdict]) -> str:
    """Name the lane that surely used less CPU per request than every other one, where there is such a lane."""
    cheaper = surely_better(verdicts, "cpu_us_per_request")
    for cell in ranked:
        if cell.name in cheaper and len(cheaper[cell.name]) == len(ranked) - 1:
            return f"{cell.name} used the least CPU per request, {cell.cpu_us_per_request:,.0f} µs"
    return ""


def _some(cells: Sequence[Cell]) -> str:
    """Give the first few with their figures, and the names of the others."""
    shown = [_figures(cell) for cell in cells[:SHOWN]]
    return _list([*shown, *(cell.name for cell in cells[SHOWN:])])


def _list(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
