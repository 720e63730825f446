"""Say in words what a group's figures support, and no more."""

from collections.abc import Mapping, Sequence

from loadtests.measurement.plan import Group
from loadtests.measurement.result import Cell, Verdict

# With more figures a sentence is a table badly told.
SHOWN = 3


def sentence(group: Group, cells: Sequence[Cell], ranks: Mapping[str, int], verdicts: Sequence[Verdict]) -> str:
    """Name the best lanes of a group, those not told apart together, with their figures."""
    ranked = sorted((cell for cell in cells if cell.lane in ranks), key=lambda cell: -(cell.qps or 0.0))
    if not ranked:
        return f"{group}: no cell is valid, so nothing can be said."
    best = [cell for cell in ranked if ranks[cell.lane] == 1]
    rest = [cell for cell in ranked if ranks[cell.lane] > 1]
    parts = (_leaders(best, alone=not rest), _distance(best, rest, verdicts), _cheapest(best, ranked, verdicts))
    return f"{group}: {'; '.join(part for part in parts if part)}."


def _leaders(best: Sequence[Cell], *, alone: bool) -> str:
    if len(best) == 1:
        return f"{'only ' if alone else ''}{_figures(best[0])}{'' if alone else ' serves most'}"
    if alone:
        return f"these rounds tell no lane apart from the best: {_some(best)}"
    return f"{_some(best)} serve most and are not told apart"


def _figures(cell: Cell) -> str:
    p99 = "" if cell.rt_ms.p99 is None else f", p99 {cell.rt_ms.p99:,.1f} ms"
    cpu = "" if cell.cpu_us_per_request is None else f", {cell.cpu_us_per_request:,.0f} µs CPU"
    return f"{cell.lane} ({cell.qps or 0:,.0f} requests/s{p99}{cpu})"


def _distance(best: Sequence[Cell], rest: Sequence[Cell], verdicts: Sequence[Verdict]) -> str:
    """Say how far the first of the best is ahead of the next lane."""
    if not rest:
        return ""
    first, next_lane = best[0].lane, rest[0].lane
    for verdict in verdicts:
        if verdict.metric == "qps" and {verdict.a, verdict.b} == {first, next_lane}:
            low, high = verdict.low or verdict.ratio, verdict.high or verdict.ratio
            ratio = verdict.ratio
            if verdict.a != first:
                ratio, low, high = 1 / ratio, 1 / high, 1 / low
            return f"{first} does {ratio:.2f} times what {next_lane} does ({low:.2f} to {high:.2f})"
    return ""


def _cheapest(best: Sequence[Cell], ranked: Sequence[Cell], verdicts: Sequence[Verdict]) -> str:
    """Name the lane that used the least CPU per request, where it is another one and surely used less."""
    known = [cell for cell in ranked if cell.cpu_us_per_request is not None]
    least = min(known, key=lambda cell: cell.cpu_us_per_request or 0.0, default=None)
    if least is None or least in best:
        return ""
    word = {(best[0].lane, least.lane): "slower", (least.lane, best[0].lane): "faster"}
    told_apart = any(
        verdict.metric == "cpu_us_per_request" and word.get((verdict.a, verdict.b)) == verdict.verdict
        for verdict in verdicts
    )
    return f"{least.lane} used the least CPU per request, {least.cpu_us_per_request:,.0f} µs" if told_apart else ""


def _some(cells: Sequence[Cell]) -> str:
    """Give the first few with their figures, and the names of the others."""
    shown = [_figures(cell) for cell in cells[:SHOWN]]
    return _list([*shown, *(cell.lane for cell in cells[SHOWN:])])


def _list(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
