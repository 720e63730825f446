"""`context`: where per-request state can live: what one user finds that belongs to another."""

from collections.abc import Iterator

import msgspec
from scipy import special

from contract.endpoints import CARRIER
from loadtests.experiments.experiment import FULL, QUICK, Experiment, Preset
from loadtests.experiments.figures import Figures
from loadtests.experiments.words import joined, not_compared
from loadtests.measurement.result import Cell, Summary
from loadtests.servers import LANES

# What the load agent calls a right answer's length with another's content, and a body of another length.
_LEAKED, _LOST = "wrong_body", "wrong_length"
# With no event in n trials, fewer than 3 ÷ n at 95 %.
_RULE_OF_THREE = 3
_MILLION = 1e6


class Leaks(msgspec.Struct, frozen=True, kw_only=True):
    """How many of `requests` answers held what belonged to another request, and how many had lost what they held."""

    requests: int
    leaked: int
    lost: int
    others: dict[str, int]


def say(summary: Summary) -> list[str]:
    """Say for each carrier and lane how many requests leaked, and what no leak at all proves."""
    figures = Figures(summary)
    clean: dict[str, int] = {}
    found: list[str] = []
    for cell in figures.cells:
        leaks = count(figures, cell)
        if not leaks.requests:
            found.append(not_compared(cell))
            continue
        found += _told(cell, leaks)
        if not leaks.leaked:
            carrier = str(cell.params["carrier"])
            clean[carrier] = clean.get(carrier, 0) + leaks.requests
    return [
        *found,
        *(f"Carrier {carrier}, all lanes without a leak together: {_none(n)}." for carrier, n in clean.items()),
    ]


def count(figures: Figures, cell: Cell) -> Leaks:
    """Count the answers of whole slices by what was wrong with them."""
    return Leaks(
        requests=figures.detail(cell).client_answered,
        leaked=cell.errors.get(_LEAKED, 0),
        lost=cell.errors.get(_LOST, 0),
        others={kind: number for kind, number in cell.errors.items() if kind not in {_LEAKED, _LOST}},
    )


def per_million(events: int, trials: int) -> tuple[float, float]:
    """Return the 95 % interval of events per million trials: Garwood's for counts, the rule of three for none."""
    if not events:
        return 0.0, _RULE_OF_THREE / trials * _MILLION
    low, high = special.chdtri(2 * events, 0.975) / 2, special.chdtri(2 * events + 2, 0.025) / 2
    return float(low) / trials * _MILLION, float(high) / trials * _MILLION


def _told(cell: Cell, leaks: Leaks) -> Iterator[str]:
    if leaks.leaked:
        low, high = per_million(leaks.leaked, leaks.requests)
        rate = leaks.leaked / leaks.requests * _MILLION
        yield (
            f"{cell.name}: {leaks.leaked:,} of {leaks.requests:,} answers held another request's state: "
            f"{rate:,.0f} leaks per million [{low:,.0f}, {high:,.0f}]."
        )
    else:
        yield f"{cell.name}: {_none(leaks.requests)}."
    if leaks.lost:
        yield f"{cell.name}: {leaks.lost:,} of {leaks.requests:,} answers had lost their state."
    if leaks.others:
        kinds = joined([f"{number:,} {kind}" for kind, number in leaks.others.items()])
        yield f"{cell.name}: requests that failed otherwise and show no state: {kinds}."


def _none(requests: int) -> str:
    return f"no leak in {requests:,} requests: fewer than {_bound(per_million(0, requests)[1])} per million at 95 %"


def _bound(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"  # noqa: PLR2004 - two digits are enough


CONTEXT = Experiment(
    name="context",
    question="Where can per-request state live?",
    scenarios=("context",),
    variants=tuple({"carrier": carrier} for carrier in CARRIER.choices),
    presets={
        QUICK: Preset(lanes=tuple(LANES), users=(64,), budget_s=200.0),
        FULL: Preset(lanes=tuple(LANES), users=(64, 512), budget_s=3_600.0),
    },
    say=say,
)
