"""The answer at the top of the page: for each load the lanes to take, how sure that is, and what limits them."""

import itertools
from collections.abc import Iterator, Sequence

import msgspec
from markupsafe import Markup

from loadtests.measurement.factors import label
from loadtests.measurement.group import Group, group_of
from loadtests.measurement.result import Summary
from loadtests.measurement.verdicts import RANKED_BY, unbeaten
from loadtests.report.index import Index
from loadtests.report.reasons import cheapest, distance, left_out, pairs, untrusted
from loadtests.report.rows import Row, groups

NONE, ONLY, FIRST, EQUAL, OPEN = "none", "only", "first", "equal", "open"
# A headline with more names than these is no headline.
_NAMED = 3
_SIGNS = {NONE: "✕", ONLY: "!", FIRST: "✓", EQUAL: "=", OPEN: "?"}


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What one load says: a kind of work at a number of users or a rate, and with a variant where there are some.

    `best` are the valid lanes that no other one of the load surely serves more than. `word` says how they stand: none,
    only, first, equal or open; `sentences` are HTML.
    """

    group: Group
    variant: str
    load: str
    best: list[Row]
    word: str
    headline: str
    sentences: list[Markup]

    @property
    def sign(self) -> str:
        """Return the word as a sign, for the eye that runs down the page."""
        return _SIGNS[self.word]


def answers(summary: Summary) -> list[Answer]:
    """Return the answer of each load, in the order in which they were asked for."""
    index = Index(summary)
    return [
        _answer(summary, index, group, variant, rows)
        for group, own in groups(summary).items()
        for variant, rows in _variants(index, own).items()
    ]


def _variants(index: Index, rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Take apart what was not asked the same: cells that differ in a factor are compared, but answer apart."""
    found: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: index.cell(row[0])):
        found.setdefault(label("", row[0].factors).strip(), []).append(row)
    return found


def _answer(summary: Summary, index: Index, group: Group, variant: str, rows: Sequence[Row]) -> Answer:
    valid = [row for row in rows if row[0].valid]
    best = sorted(_unbeaten(summary, group, valid), key=lambda row: -(row[0].qps or 0.0))
    word = _word(index, group, valid, best)
    return Answer(
        group=group,
        variant=variant,
        load=f"{group}, {variant}" if variant else str(group),
        best=best,
        word=word,
        headline=_headline(word, best, len(rows)),
        sentences=[
            *untrusted(index, [each for each in summary.controls if group_of(each) == group]),
            *_sentences(index, group, valid, best),
            *left_out(rows),
        ],
    )


def _sentences(index: Index, group: Group, valid: Sequence[Row], best: Sequence[Row]) -> Iterator[Markup]:
    yield from distance(index, group, valid, best)
    yield from pairs(index, group, best)
    yield from cheapest(index, group, valid)


def _unbeaten(summary: Summary, group: Group, valid: Sequence[Row]) -> list[Row]:
    best = unbeaten([cell.name for cell, _ in valid], [each for each in summary.verdicts if group_of(each) == group])
    return [row for row in valid if row[0].name in best] or list(valid)


def _word(index: Index, group: Group, valid: Sequence[Row], best: Sequence[Row]) -> str:
    if len(valid) < 2:  # noqa: PLR2004 - nothing to compare with
        return ONLY if valid else NONE
    if len(best) == 1:
        behind = (index.seen(group, RANKED_BY, best[0][0].name, row[0].name) for row in valid if row is not best[0])
        return FIRST if all(each is not None and each.word == "faster" for each in behind) else OPEN
    seen = [index.seen(group, RANKED_BY, a[0].name, b[0].name) for a, b in itertools.combinations(best, 2)]
    return EQUAL if all(each is not None and each.word == "equal" for each in seen) else OPEN


def _headline(word: str, best: Sequence[Row], measured: int) -> str:
    names = _some([row[0].name for row in best])
    if word == NONE:
        of = f"none of the {measured} cells is valid" if measured > 1 else "the only cell is not valid"
        return f"Nothing can be recommended: {of}"
    if word == ONLY:
        return f"Only {names} can be judged" if measured > 1 else f"Only {names} was measured"
    if word == FIRST:
        return f"{names} serves most"
    if word == EQUAL:
        return f"A tie: {names} serve equally much"
    if len(best) == 1:
        return f"{names} is not surely beaten, and not surely ahead of all"
    return f"Not decided: no lane is surely ahead of {names}"


def _some(names: Sequence[str]) -> str:
    """Return the first few names: the list below has all."""
    more = len(names) - _NAMED
    return listed([*names[:_NAMED], f"{more} others"] if more > 1 else names)


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence has them."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
