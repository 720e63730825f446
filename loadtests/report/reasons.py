"""The sentences below an answer: how far ahead, what was not told apart, what was not compared, what is cheapest."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from markupsafe import Markup

from loadtests.measurement.group import Group
from loadtests.measurement.verdict import Control
from loadtests.measurement.verdicts import MARGIN, RANKED_BY
from loadtests.report.checks import briefly
from loadtests.report.index import Index, Seen, told
from loadtests.report.numbers import MISSING, number, share
from loadtests.report.rows import Row, generator_bound

# With more pairs a list is a table badly told.
_SHOWN = 3
_CPU = "cpu_us_per_request"


def untrusted(index: Index, controls: Sequence[Control]) -> Iterator[Markup]:
    """Say where one lane, measured twice, differed from itself: then no difference can be trusted."""
    for control in controls:
        if control.agrees is False:
            yield Markup("<strong>Do not trust this:</strong> {} differs from itself, {}.").format(
                control.lane, index.showed(control)
            )


def distance(index: Index, group: Group, valid: Sequence[Row], best: Sequence[Row]) -> Iterator[Markup]:
    """Say how far the first of the best that is surely ahead of any lane is ahead of the nearest such lane."""
    rest = sorted(valid, key=lambda row: -(row[0].qps or 0.0))
    for leader, behind in itertools.product(best, rest):
        seen = None if leader is behind else index.seen(group, RANKED_BY, leader[0].name, behind[0].name)
        if seen is not None and seen.word == "faster":
            yield Markup("The nearest lane surely behind is {}: {} serves {} times as much ({} to {}).").format(
                seen.b, seen.a, *_figures(seen)
            )
            return


def pairs(index: Index, group: Group, best: Sequence[Row]) -> Iterator[Markup]:
    """Keep apart what is equal, what the rounds could not decide, and what nobody compared."""
    both = [(a[0].name, b[0].name) for a, b in itertools.combinations(best, 2)]
    seen = {pair: index.seen(group, RANKED_BY, *pair) for pair in both}
    judged = [each for each in seen.values() if each is not None]
    waiting = partial(_waiting, resolution=index.resolution(group, RANKED_BY))
    yield from _some("Equal, within the margin", [each for each in judged if each.word == "equal"], _equal)
    yield from _some("Compared, and not told apart", [each for each in judged if each.word == "undecided"], waiting)
    if missing := [f"{a} and {b}" for (a, b), each in seen.items() if each is None]:
        yield Markup("Not compared with each other: {}.").format("; ".join(missing))


def _some(what: str, every: Sequence[Seen], tell: Callable[[Seen], Markup]) -> Iterator[Markup]:
    if every:
        more = len(every) - _SHOWN
        rest = f"; and {more} more pair{'' if more == 1 else 's'}, in the table of all pairs" if more > 0 else ""
        yield Markup("{}: {}{}.").format(what, Markup("; ").join(map(tell, every[:_SHOWN])), rest)


def _equal(seen: Seen) -> Markup:
    return Markup("{} serves {} times what {} does ({} to {})").format(seen.a, *_around(seen))


def _waiting(seen: Seen, resolution: tuple[str, float] | None) -> Markup:
    if seen.low is None:
        return Markup("{} and {} (after {}, too few for an interval)").format(seen.a, seen.b, _rounds(seen))
    if seen.rounds_needed is None:
        more = Markup("no number of rounds in sight would decide it")
    else:
        needed = told(f"verdicts.{seen.at}.rounds_needed", number(seen.rounds_needed))
        more = Markup("about {} rounds would decide it").format(needed)
    return Markup("{} serves {} times what {} does ({} to {}) after {}, and {}{}").format(
        seen.a, *_around(seen), _rounds(seen), more, _nevertheless(seen, resolution)
    )


def _nevertheless(seen: Seen, resolution: tuple[str, float] | None) -> Markup:
    """Say why an interval that lies beyond 1 decides nothing; nothing where it does not."""
    if seen.low is None or seen.high is None or seen.low <= 1 <= seen.high:
        return Markup()
    if resolution is None or resolution[1] <= MARGIN:
        return Markup(": 1 is outside, and differences below {} do not count").format(share(MARGIN))
    at, half_width = resolution
    return Markup(": 1 is outside, but the control cannot tell differences below {}").format(
        told(at, share(half_width))
    )


def _rounds(seen: Seen) -> Markup:
    count = told(f"verdicts.{seen.at}.rounds", number(seen.rounds))
    return Markup("{} round{}").format(count, "" if seen.rounds == 1 else "s")


def _around(seen: Seen) -> tuple[Markup, str, Markup, Markup]:
    ratio, low, high = _figures(seen)
    return ratio, seen.b, low, high


def _figures(seen: Seen) -> tuple[Markup, Markup, Markup]:
    ratio, low, high = (
        seen.figure(name, MISSING if value is None else f"{value:.2f}")
        for name, value in (("ratio", seen.ratio), ("low", seen.low), ("high", seen.high))
    )
    return ratio, low, high


def cheapest(index: Index, group: Group, valid: Sequence[Row]) -> Iterator[Markup]:
    """Name the lane that surely used less CPU per request than every other one, where there is such a lane."""
    for cell, _ in valid if len(valid) > 1 else ():
        seen = [index.seen(group, _CPU, cell.name, other.name) for other, _ in valid if other is not cell]
        if all(each is not None and each.word == "faster" for each in seen):
            us = told(f"cells.{index.cell(cell)}.{_CPU}", number(cell.cpu_us_per_request))
            yield Markup("The least CPU per request, surely, takes {}: {} µs.").format(cell.name, us)


def left_out(rows: Sequence[Row]) -> Iterator[Markup]:
    """Name the cells that stand outside the comparison, and why; the remedies stand beside them in the tables."""
    bound = [cell.name for cell, _ in rows if not cell.valid and generator_bound(cell)]
    if bound:
        yield Markup("Not compared, because the generator could ask for no more: {}.").format(", ".join(bound))
    other = [cell for cell, _ in rows if not cell.valid and not generator_bound(cell)]
    reasons: dict[str, list[str]] = {}
    for cell in other:
        reasons.setdefault(briefly(cell), []).append(cell.name)
    if other:
        told_by = "; ".join(f"{', '.join(names)} ({why})" for why, names in reasons.items())
        yield Markup("Not compared, because not valid: {}.").format(told_by)
