"""Lines beside each other that mean the same: columns of units, aligned one after another."""

from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

import msgspec

from loadtests.reader.units import Unit, Word

Cells = tuple[Unit | None, ...]

# Alike from here on; below it two lines stand in rows of their own.
_ALIKE = 0.3
_SAME_HEAD = 0.15
_SAME_PLACE = 0.5
# A framework with a list of routes has there what others have as a decorator.
_KINDS = {"route": "decorator"}


class Row(msgspec.Struct, frozen=True):
    """One line of the comparison: a unit, or None for a gap, in each column."""

    units: Cells

    @property
    def state(self) -> str:
        """Return `same`, `differs`, or `only` where a column has none."""
        there = [unit for unit in self.units if unit is not None]
        if len(there) < len(self.units):
            return "same" if all(unit.kind == "blank" for unit in there) else "only"
        return "same" if len({unit.texts for unit in there}) == 1 and not self.elsewhere else "differs"

    @property
    def elsewhere(self) -> frozenset[str]:
        """Return the names that columns of the very same words import from different places."""
        there = [unit for unit in self.units if unit is not None]
        if len({unit.texts for unit in there}) > 1:
            return frozenset()
        places = frozenset[tuple[str, str]]().union(*(unit.origins for unit in there))
        return frozenset(name for name, count in Counter(name for name, _ in places).items() if count > 1)


def align(columns: Sequence[Sequence[Unit]]) -> list[Row]:
    """Return rows in which every unit of every column stands once, in its order."""
    rows: list[Cells] = [(unit,) for unit in columns[0]] if columns else []
    for width, column in enumerate(columns[1:], start=1):
        rows = _joined(rows, list(column), width)
    return [Row(row) for row in rows]


def _joined(rows: list[Cells], column: list[Unit], width: int) -> list[Cells]:
    """Add a column to rows of `width` units: pairs are chosen so that they are as alike as they can be in sum."""
    best = _table(rows, column)
    joined: list[Cells] = []
    above, left = len(rows), len(column)
    while above or left:
        here = best[above][left]
        if above and left and here == best[above - 1][left - 1] + _worth(rows[above - 1], column[left - 1]) > 0:
            above, left = above - 1, left - 1
            joined.append((*rows[above], column[left]))
        elif left and here == best[above][left - 1]:
            left -= 1
            joined.append((*((None,) * width), column[left]))
        else:
            above -= 1
            joined.append((*rows[above], None))
    return joined[::-1]


def _table(rows: list[Cells], column: list[Unit]) -> list[list[float]]:
    """Return the greatest sum of likeness for each number of first rows and of first units."""
    best = [[0.0] * (len(column) + 1) for _ in range(len(rows) + 1)]
    for above, row in enumerate(rows, start=1):
        for left, unit in enumerate(column, start=1):
            paired = best[above - 1][left - 1] + _worth(row, unit)
            best[above][left] = max(best[above - 1][left], best[above][left - 1], paired)
    return best


def _worth(row: Cells, unit: Unit) -> float:
    return max(_likeness(other, unit) for other in row if other is not None) - _ALIKE


def _likeness(one: Unit, other: Unit) -> float:
    """Return how much two lines have in common: 0 for nothing, 1 for all, more where they stand at the same place."""
    if _KINDS.get(one.kind, one.kind) != _KINDS.get(other.kind, other.kind):
        return 0.0
    shared, both = (one.meaning & other.meaning).total(), one.meaning.total() + other.meaning.total()
    likeness = 2 * shared / both if both else 1.0
    if one.kind in {"def", "doc", "blank"} or one.kind != other.kind:
        return likeness + _SAME_PLACE
    return likeness + _SAME_HEAD * (one.head == other.head)


def unlike(row: Row, column: int) -> list[Word]:
    """Return the words of a unit that another one of its row has not at their place, or imports from another place.

    Nothing where it stands alone.

    A remark is one word, and no part of it is another's: its row says that it differs.
    """
    unit = row.units[column]
    elsewhere = row.elsewhere
    others = [other for other in row.units if other is not None and other is not unit]
    if unit is None or not others or row.state == "same":
        return []
    if elsewhere:
        return [word for word in unit.words if word.text in elsewhere]
    shared = set(range(len(unit.words)))
    for other in others:
        blocks = SequenceMatcher(None, unit.texts, other.texts, autojunk=False).get_matching_blocks()
        shared &= {place for block in blocks for place in range(block.a, block.a + block.size)}
    return [word for place, word in enumerate(unit.words) if place not in shared and not word.text.startswith("#")]
