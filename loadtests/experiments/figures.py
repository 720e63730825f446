"""Look figures up in a summary: cells, what stands behind them, and verdicts seen from either side."""

import msgspec

from loadtests.measurement import factors
from loadtests.measurement.errors import REFUSED
from loadtests.measurement.factors import Variant
from loadtests.measurement.group import Group, group_of
from loadtests.measurement.result import Cell, Detail, Summary
from loadtests.measurement.subject import CONTROL
from loadtests.measurement.verdict import Verdict

_TURNED = {"faster": "slower", "slower": "faster"}
_WORSE_IF_MORE = {"cpu_us_per_request", "p99_ms"}


class Figures:
    """A summary with its cells and verdicts by name; the hidden controls are not among them."""

    def __init__(self, summary: Summary) -> None:
        self.cells = [cell for cell in summary.cells if not cell.name.endswith(CONTROL)]
        self._cells = {(group_of(cell), cell.name): cell for cell in self.cells}
        self._details = {(group_of(detail), detail.name): detail for detail in summary.details}
        self._resolutions = {(group_of(each), each.metric): each.half_width for each in summary.controls}
        self._verdicts = {(group_of(each), each.metric, each.a, each.b): each for each in summary.verdicts}

    @property
    def groups(self) -> list[Group]:
        """Return the kinds of work at their loads, in the order of the plan."""
        return list(dict.fromkeys(group_of(cell) for cell in self.cells))

    @property
    def lanes(self) -> list[str]:
        """Return the lanes in the order of the plan."""
        return list(dict.fromkeys(cell.lane for cell in self.cells))

    @staticmethod
    def group(cell: Cell) -> Group:
        """Return a cell's kind of work and load."""
        return group_of(cell)

    def of(self, group: Group) -> list[Cell]:
        """Return a group's cells."""
        return [cell for cell in self.cells if group_of(cell) == group]

    def cell(self, group: Group, lane: str, variant: Variant | None = None) -> Cell | None:
        """Return one cell, None where it is no part of the plan."""
        return self._cells.get((group, factors.label(lane, variant or {})))

    def detail(self, cell: Cell) -> Detail:
        """Return what stands behind a cell."""
        return self._details[group_of(cell), cell.name]

    def shown(self, cell: Cell) -> int:
        """Return how many answers of whole slices were right or wrong ones: a refusal is neither."""
        refused = sum(count for kind, count in cell.errors.items() if kind.startswith(REFUSED))
        return max(0, self.detail(cell).client_answered - refused)

    def resolution(self, group: Group, metric: str) -> float | None:
        """Return the least difference, as a share, that the group's control can tell; None where it is not known."""
        return self._resolutions.get((group, metric))

    def verdict(self, metric: str, a: Cell, b: Cell) -> Verdict | None:
        """Return how `a` compares with `b`, None where they were not compared."""
        group = group_of(a)
        if found := self._verdicts.get((group, metric, a.name, b.name)):
            return found
        other = self._verdicts.get((group, metric, b.name, a.name))
        return None if other is None else turned(other)


def turned(verdict: Verdict) -> Verdict:
    """Return the same verdict seen from the other side."""
    return msgspec.structs.replace(
        verdict,
        a=verdict.b,
        b=verdict.a,
        ratio=_inverse(verdict.ratio),
        low=_inverse(verdict.high),
        high=_inverse(verdict.low),
        verdict=_TURNED.get(verdict.verdict, verdict.verdict),
    )


def more(verdict: Verdict) -> bool | None:
    """Tell whether `a` surely has more of the metric than `b`, or surely less; None where neither is sure."""
    if verdict.verdict not in _TURNED:
        return None
    return (verdict.verdict == "faster") != (verdict.metric in _WORSE_IF_MORE)


def _inverse(value: float | None) -> float | None:
    return 1 / value if value else None
