"""The tables that show all at a glance: lanes down, and across kinds of work, or the loads of one that was swept."""

from collections import Counter
from collections.abc import Mapping

import msgspec

from loadtests.measurement.group import Group
from loadtests.measurement.result import Summary
from loadtests.report.rows import Row, Section, sections, unbeaten

# More columns than these are easier read as a table of their own for each kind of work.
_ACROSS = 8


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """One table: `headings` name the columns, and an empty place is a cell that was not asked for."""

    title: str
    headings: dict[Group, str]
    names: list[str]
    rows: Mapping[tuple[Group, str], Row]
    shared: set[tuple[Group, int]]
    best: set[tuple[Group, str]]

    def rank(self, group: Group, row: Row) -> str:
        """Return the rank, with `=` where others share it; nothing where there is none or it would mislead.

        A lane may share the first rank because it was not told apart from all who have it, and surely be beaten by one.
        """
        rank = row[1].rank
        if rank is None or (rank == 1 and (group, row[0].name) not in self.best):
            return ""
        return f"{'=' if (group, rank) in self.shared else ''}{rank}"


def overviews(summary: Summary) -> list[Overview]:
    """Return one table of all kinds of work; of those that were measured under many loads, one each."""
    found = sections(summary)
    wide = [each for each in found if each.swept or len(each.groups) > _ACROSS]
    plain = {group: rows for each in found if each not in wide for group, rows in each.groups.items()}
    best = unbeaten(summary)
    tables = [_table("All kinds of work", plain, {group: str(group) for group in plain}, best)] if plain else []
    return [*tables, *(_swept(each, best) for each in wide)]


def _swept(section: Section, best: set[tuple[Group, str]]) -> Overview:
    headings = {group: str(group).removeprefix(f"{section.scenario}, ") for group in section.groups}
    return _table(f"{section.scenario}, load by load", section.groups, headings, best)


def _table(
    title: str, groups: Mapping[Group, list[Row]], headings: dict[Group, str], best: set[tuple[Group, str]]
) -> Overview:
    ranks = Counter((group, row[1].rank) for group, rows in groups.items() for row in rows if row[1].rank is not None)
    return Overview(
        title=title,
        headings=headings,
        names=list(dict.fromkeys(row[0].name for rows in groups.values() for row in rows)),
        rows={(group, row[0].name): row for group, rows in groups.items() for row in rows},
        shared={(group, rank) for (group, rank), count in ranks.items() if rank is not None and count > 1},
        best=best,
    )
