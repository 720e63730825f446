"""The answers of a run of many loads: one for each kind of work under its highest load, and how the others differ."""

import itertools
from collections.abc import Sequence

import msgspec

from loadtests.measurement.group import Group
from loadtests.report.answers import Answer

# So many answers can be read one after another.
_READ = 12


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Loads next to each other that answer alike: `loads` in words, such as `2…64 users`, and the first answer."""

    loads: str
    answer: Answer


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of work, or one variant of it: `top` is the answer under its highest load, `rest` the others."""

    top: Answer
    spans: list[Span]
    rest: list[Answer]


def works(every: Sequence[Answer]) -> list[Work]:
    """Return the answers as the page has them: each for itself where they are few, else by kind of work."""
    if len(every) <= _READ:
        return [Work(top=answer, spans=[], rest=[]) for answer in every]
    kinds: dict[tuple[str, str, bool], list[Answer]] = {}
    for answer in every:
        kinds.setdefault((answer.group.scenario, answer.variant, answer.group.rate is None), []).append(answer)
    return [_work(sorted(own, key=_load)) for own in kinds.values()]


def _load(answer: Answer) -> tuple[float, int]:
    return (answer.group.rate or 0.0, answer.group.users)


def _work(own: Sequence[Answer]) -> Work:
    *rest, top = own
    alike = [list(each) for _, each in itertools.groupby(rest, key=_says)]
    spans = [Span(loads=_between(each[0].group, each[-1].group), answer=each[0]) for each in alike]
    return Work(top=top, spans=spans, rest=rest)


def _says(answer: Answer) -> tuple[str, frozenset[str]]:
    return (answer.word, frozenset(cell.name for cell, _ in answer.best))


def _between(first: Group, last: Group) -> str:
    load = str(last).removeprefix(f"{last.scenario}, ")
    if first == last:
        return load
    return f"{first.users}…{load}" if first.rate is None else f"{first.rate:g}…{load}"
