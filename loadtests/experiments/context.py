"""`context`: where per-request state can live: what one user finds that belongs to another."""

from collections.abc import Iterator, Sequence

import msgspec
from scipy import special

from contract.carriers import leak
from contract.rows.context import CARRIER
from loadtests.experiments.experiment import FULL, QUICK, Experiment, Preset
from loadtests.experiments.figures import Figures
from loadtests.experiments.words import joined, load, not_compared
from loadtests.measurement.group import Group, group_of
from loadtests.measurement.result import Cell, Grid, Summary
from loadtests.servers import LANES
from loadtests.servers.serving import serving

# What the load agent calls a right answer's length with another's content, and a body of another length.
_LEAKED, _LOST = "wrong_body", "wrong_length"
# With no event in n trials, fewer than 3 ÷ n at 95 %.
_RULE_OF_THREE = 3
_MILLION = 1e6


class Leaks(msgspec.Struct, frozen=True, kw_only=True):
    """How many of `requests` answers that kept a state held another request's, and how many more had `lost` it."""

    requests: int
    leaked: int
    lost: int
    others: dict[str, int]


def say(summary: Summary) -> list[str]:
    """Say for each carrier where it leaked, how often and why, and what no leak at all proves."""
    figures = Figures(summary)
    counted = [(cell, count(figures, cell)) for cell in figures.cells]
    known = [(cell, leaks) for cell, leaks in counted if leaks.requests]
    return [
        *_leaking(known),
        *(sentence for cell, leaks in known for sentence in _beside(cell, leaks)),
        *(not_compared(cell) for cell, leaks in counted if not leaks.requests),
        *_clean(known),
    ]


def count(figures: Figures, cell: Cell) -> Leaks:
    """Count the answers of whole slices by what was wrong with them; whether one that lost its state leaked is open."""
    lost = cell.errors.get(_LOST, 0)
    return Leaks(
        requests=figures.shown(cell) - lost,
        leaked=cell.errors.get(_LEAKED, 0),
        lost=lost,
        others={kind: number for kind, number in cell.errors.items() if kind not in {_LEAKED, _LOST}},
    )


def grids(summary: Summary) -> list[Grid]:
    """Return leaks per million requests, lanes down and carriers across, for each number of users."""
    figures = Figures(summary)
    return [_grid(figures, group) for group in figures.groups]


def _grid(figures: Figures, group: Group) -> Grid:
    cells = {(cell.lane, cell.params["carrier"]): cell for cell in figures.of(group)}
    carriers = list(dict.fromkeys(str(carrier) for _, carrier in cells))
    lanes = [lane for lane in figures.lanes if any(lane == own for own, _ in cells)]
    rows = [[lane, *(_rate(figures, cells.get((lane, carrier))) for carrier in carriers)] for lane in lanes]
    title = f"leaks per million requests {load(group)}; of none, the most there may be at 95 %"
    return Grid(title=title, columns=["lane", *carriers], rows=rows)


def _rate(figures: Figures, cell: Cell | None) -> str:
    """Return leaks per million, or what none at all proves; nothing where nothing was measured."""
    leaks = None if cell is None else count(figures, cell)
    if leaks is None or not leaks.requests:
        return ""
    if leaks.leaked:
        return _few(leaks.leaked / leaks.requests * _MILLION)
    return f"< {_few(per_million(0, leaks.requests)[1])}"


def per_million(events: int, trials: int) -> tuple[float, float]:
    """Return the 95 % interval of events per million trials: Clopper and Pearson's, the rule of three for none."""
    if not events:
        return 0.0, _RULE_OF_THREE / trials * _MILLION
    low = special.betaincinv(events, trials - events + 1, 0.025)
    high = special.betaincinv(events + 1, trials - events, 0.975) if events < trials else 1.0
    return float(low) * _MILLION, float(high) * _MILLION


def _leaking(known: Sequence[tuple[Cell, Leaks]]) -> Iterator[str]:
    """Tell the lanes in which a carrier leaked at a load, those with the same reason in one sentence."""
    found: dict[tuple[Group, str, str | None], list[str]] = {}
    for cell, leaks in known:
        if leaks.leaked:
            key = (group_of(cell), str(cell.params["carrier"]), _reason(cell))
            found.setdefault(key, []).append(_share(cell.lane, leaks))
    for (group, carrier, reason), lanes in found.items():
        why = f"because {reason}" if reason else "and nothing is known that explains it"
        yield f"carrier={carrier} {load(group)}: answers held another request's state, {joined(lanes)}, {why}."


def _share(lane: str, leaks: Leaks) -> str:
    """Return `500,000 per million [468,549, 531,451] in flask-thread (500 of 1,000)`."""
    low, high = per_million(leaks.leaked, leaks.requests)
    rate = f"{_few(leaks.leaked / leaks.requests * _MILLION)} per million [{_few(low)}, {_few(high)}]"
    return f"{rate} in {lane} ({leaks.leaked:,} of {leaks.requests:,})"


def _beside(cell: Cell, leaks: Leaks) -> Iterator[str]:
    """Tell a leak that should have come and did not, what was lost, and what shows no state."""
    where = f"{cell.name} {load(group_of(cell))}"
    if not leaks.leaked and (reason := _reason(cell)):
        yield f"{where}: {_none(leaks.requests)}, though {reason}."
    if leaks.lost:
        yield f"{where}: {leaks.lost:,} of {leaks.requests + leaks.lost:,} answers had lost their state."
    if leaks.others:
        kinds = joined([f"{number:,} {kind}" for kind, number in leaks.others.items()])
        yield f"{where}: requests that failed otherwise and show no state: {kinds}."


def _clean(known: Sequence[tuple[Cell, Leaks]]) -> Iterator[str]:
    """Add up, load by load, the lanes of each carrier that leaked nowhere; a process that works alone cannot leak."""
    leaking = {cell.params["carrier"] for cell, leaks in known if leaks.leaked}
    found: dict[tuple[Group, str], list[int]] = {}
    for cell, leaks in known:
        if cell.params["carrier"] not in leaking and not _alone(cell):
            found.setdefault((group_of(cell), str(cell.params["carrier"])), []).append(leaks.requests)
    for (group, carrier), requests in found.items():
        lanes = f"the {len(requests)} lanes" if len(requests) > 1 else "the one lane"
        yield f"carrier={carrier} {load(group)}, {lanes} with requests that overlap: {_none(sum(requests))}."


def _reason(cell: Cell) -> str | None:
    """Return why the carrier leaks in this lane, None where it should not."""
    return leak(LANES[cell.lane].app, str(cell.params["carrier"]), cell.style, alone=_alone(cell))


def _alone(cell: Cell) -> bool | None:
    """Tell whether each process of a lane works on one request at a time."""
    return serving(LANES[cell.lane], cell.stack)[cell.style].alone


def _none(requests: int) -> str:
    return f"no leak in {requests:,} requests: fewer than {_few(per_million(0, requests)[1])} per million at 95 %"


def _few(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"  # noqa: PLR2004 - two digits are enough


CONTEXT = Experiment(
    name="context",
    question="Where can per-request state live?",
    scenarios=("context",),
    variants=tuple({"carrier": carrier} for carrier in CARRIER.choices),
    presets={
        QUICK: Preset(
            lanes=(
                "flask-process", "flask-thread", "flask-greenlet", "flask-async-view", "fastapi-coroutine",
                "fastapi-thread", "django-coroutine",
            ),
            users=(64,),
            budget_s=240.0,
        ),
        FULL: Preset(lanes=tuple(LANES), users=(64, 512), budget_s=3_600.0),
    },
    say=say,
    grids=grids,
)  # fmt: skip
