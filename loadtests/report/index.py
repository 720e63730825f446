"""Where a figure of the page stands in summary.json, so that each can be held against it."""

from collections.abc import Sequence

import msgspec
from markupsafe import Markup

from loadtests.measurement.group import Group, group_of
from loadtests.measurement.result import Cell, Summary
from loadtests.measurement.verdict import Control, Evenness, Verdict
from loadtests.report.rows import evened, resolution

_OPPOSITE = {"faster": "slower", "slower": "faster"}


def told(at: str, text: str, *, turned: bool = False) -> Markup:
    """Return a figure as HTML that names its place in summary.json; `turned`: it is 1 ÷ what stands there."""
    return Markup('<span data-at="{}"{}>{}</span>').format(at, Markup(" data-turned") if turned else "", text)


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict as its lane `a` sees it: `ratio` is a ÷ b, its interval from `low` to `high`, `at` its place."""

    a: str
    b: str
    at: int
    turned: bool
    word: str
    ratio: float | None
    low: float | None
    high: float | None
    rounds: int
    rounds_needed: int | None

    def figure(self, name: str, text: str) -> Markup:
        """Return `ratio`, `low` or `high` as HTML; of a turned verdict the ends have changed places."""
        there = {"low": "high", "high": "low"}.get(name, name) if self.turned else name
        return told(f"verdicts.{self.at}.{there}", text, turned=self.turned)


class Index:
    """The places of cells, verdicts, controls and held-out paces in a summary."""

    def __init__(self, summary: Summary) -> None:
        self._cells = {(group_of(cell), cell.name): place for place, cell in enumerate(summary.cells)}
        self._verdicts = {
            (group_of(each), each.metric, frozenset((each.a, each.b))): (place, each)
            for place, each in enumerate(summary.verdicts)
        }
        self._controls = {
            (group_of(each), each.metric): (place, each.half_width) for place, each in enumerate(summary.controls)
        }
        self._own = {(group_of(each), each.metric, each.lane): at for at, each in enumerate(summary.controls)}
        self._paces = {(group_of(each), each.metric): place for place, each in enumerate(summary.evenness)}

    def cell(self, cell: Cell) -> int:
        """Return the place of a cell."""
        return self._cells[group_of(cell), cell.name]

    def verdict(self, verdict: Verdict) -> int:
        """Return the place of a verdict."""
        return self._verdicts[group_of(verdict), verdict.metric, frozenset((verdict.a, verdict.b))][0]

    def resolution(self, group: Group, metric: str) -> tuple[str, float] | None:
        """Return the least difference that a load's control can tell, with its place; None where nothing is known."""
        place, half_width = self._controls.get((group, metric), (0, None))
        return None if half_width is None else (f"controls.{place}.half_width", half_width)

    def showed(self, control: Control) -> Markup:
        """Return what one lane against itself showed, each figure with its place."""
        place = self._own[group_of(control), control.metric, control.lane]
        return Markup(  # noqa: S704 - names of metrics, and figures that are escaped
            resolution(control, lambda name, text: told(f"controls.{place}.{name}", text))
        )

    def evened(self, every: Sequence[Evenness]) -> Markup:
        """Return what held-out pace did to the spreads of a group, each figure with its place."""
        return Markup(  # noqa: S704 - as above
            evened(every, lambda each, name, text: told(f"evenness.{self._pace(each)}.{name}", text))
        )

    def _pace(self, each: Evenness) -> int:
        return self._paces[group_of(each), each.metric]

    def seen(self, group: Group, metric: str, a: str, b: str) -> Seen | None:
        """Return how `a` compares with `b`, None where nobody compared them."""
        found = self._verdicts.get((group, metric, frozenset((a, b))))
        return None if found is None else _seen(*found, a)


def _seen(place: int, verdict: Verdict, a: str) -> Seen:
    turned = verdict.a != a
    ends = (verdict.high, verdict.low) if turned else (verdict.low, verdict.high)
    ratio, low, high = (1 / each if turned and each else each for each in (verdict.ratio, *ends))
    return Seen(
        a=a,
        b=verdict.a if turned else verdict.b,
        at=place,
        turned=turned,
        word=_OPPOSITE.get(verdict.verdict, verdict.verdict) if turned else verdict.verdict,
        ratio=ratio,
        low=low,
        high=high,
        rounds=verdict.rounds,
        rounds_needed=verdict.rounds_needed,
    )
