"""`trilane diff` as a page: two runs side by side, what changed, and what could not be compared and why."""

import shlex
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from loadtests.measurement.about import Source
from loadtests.measurement.comparable import Past
from loadtests.measurement.difference import Change, Difference
from loadtests.measurement.group import Group, group_of
from loadtests.report.facts import NAMED, as_typed, committed
from loadtests.report.numbers import MISSING, number
from loadtests.report.rows import METRICS
from loadtests.report.templates import template

OTHERS = "the other lanes' median"
WORDS = """\
B ÷ A is of the figures as they stand; beside is that ratio with the change of {reference} taken out round by round, \
with its 95 % interval, simultaneous over the cells of a metric. The verdict is on that. Less CPU and a shorter p99 \
are faster.
The runs were not interleaved: the verdicts hold where {reference} did not change between them. Each run started its \
servers once: for what differs from start to start the intervals have an allowance."""
# Of two runs no two are begun at the same time.
_ALWAYS_OTHER = {"Started", "Finished"}
_UNITS = {"qps": "requests/s", "cpu_us_per_request": "µs CPU per request", "p99_ms": "ms p99"}
SIGNS = {"faster": "▲", "slower": "▼", "equal": "=", "undecided": "?"}


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One fact of both runs."""

    term: str
    a: str
    b: str

    @property
    def differs(self) -> bool:
        """Tell whether it is another in B, and might have been the same."""
        return self.a != self.b and self.term not in _ALWAYS_OTHER


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """One load: what has a figure in either run, with its place, and the metrics of lanes that each reason left out."""

    rows: list[tuple[int, Change]]
    whys: dict[str, dict[str, list[str]]]

    @property
    def lanes(self) -> list[str]:
        """Return the lanes of which a metric was not compared."""
        return list(dict.fromkeys(name for names in self.whys.values() for name in names))

    def left_out(self) -> Iterator[str]:
        """Say which lanes were not compared in what, and why: in one sentence those that share all of it."""
        for why, names in self.whys.items():
            alike: dict[str, list[str]] = {}
            for name, metrics in names.items():
                alike.setdefault(", ".join(METRICS.get(each, each) for each in metrics), []).append(name)
            for told, lanes in alike.items():
                yield f"{', '.join(lanes)} in {told}, because {why}"


def difference_page(found: Difference, a: Past, b: Past) -> str:
    """Return the page of what two runs say of each other."""
    both = [each for each in found.changes if each.a is not None and each.b is not None]
    return template("difference.html.j2").render(
        found=found,
        loads=loads_of(found.changes),
        compared=len(both),
        counts=Counter(change.verdict for change in both),
        decided=[(place, each) for place, each in enumerate(found.changes) if each.verdict in {"faster", "slower"}],
        words=words(found),
        sides=list(_sides(a.about, b.about)),
        metrics=METRICS,
        units=_UNITS,
        signs=SIGNS,
        ratio=_ratio,
        figure=figure,
    )


def words(found: Difference) -> list[str]:
    """Return what has to be known to read the figures and the verdicts."""
    return WORDS.format(reference=found.reference or OTHERS).splitlines()


def loads_of(changes: Sequence[Change]) -> dict[Group, Load]:
    """Return the differences load by load."""
    loads: dict[Group, Load] = {}
    for place, change in enumerate(changes):
        load = loads.setdefault(group_of(change), Load(rows=[], whys={}))
        if change.a is not None or change.b is not None:
            load.rows.append((place, change))
        if change.why:
            load.whys.setdefault(change.why, {}).setdefault(change.name, []).append(change.metric)
    return loads


def figure(value: float | None, valid: bool) -> str:  # noqa: FBT001 - a template gives both as they stand
    """Return a figure, marked where its cell is not valid in that run."""
    return number(value) if valid or value is None else f"✕ {number(value)}"


def _ratio(value: float | None) -> str:
    return MISSING if value is None else f"{value:.3f}"


def _sides(a: dict[str, Any], b: dict[str, Any]) -> Iterator[Side]:
    """Give what the runs were: those that can be other in the first places."""
    for term, tell in _TERMS.items():
        yield Side(term=term, a=tell(a), b=tell(b))
    versions = [about.get("stack_versions") or {} for about in (a, b)]
    for name in NAMED:
        if any(name in each for each in versions):
            yield Side(term=name, a=versions[0].get(name, MISSING), b=versions[1].get(name, MISSING))


def _at(about: dict[str, Any], *path: str) -> str:
    found: Any = about
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    if isinstance(found, list):
        return ", ".join(map(str, found)) or MISSING
    return MISSING if found is None else str(found)


def _commit(about: dict[str, Any]) -> str:
    try:
        return committed(msgspec.convert(about.get("source"), Source))
    except msgspec.ValidationError:
        return MISSING


def _memory(about: dict[str, Any]) -> str:
    held = _at(about, "machine", "machine", "memory_bytes")
    return f"{number(int(held) / 2**30)} GiB" if held.isdigit() else MISSING


_TERMS: dict[str, Callable[[dict[str, Any]], str]] = {
    "Commit": _commit,
    "Command": lambda about: shlex.join(about.get("command") or [MISSING]),
    "Environment": lambda about: as_typed(about.get("environment") or {}) or MISSING,
    "Started": lambda about: _at(about, "started_at"),
    "Finished": lambda about: _at(about, "finished_at"),
    "Seed": lambda about: _at(about, "wish", "seed"),
    "Stack": lambda about: _at(about, "wish", "stack"),
    "Database": lambda about: _at(about, "wish", "database"),
    "Sessions": lambda about: _at(about, "wish", "session_store"),
    "CPU": lambda about: _at(about, "machine", "machine", "cpu"),
    "Memory": _memory,
    "Kernel": lambda about: _at(about, "machine", "machine", "kernel"),
    "Servers' cores": lambda about: _at(about, "cores", "servers"),
    "Other cores": lambda about: _at(about, "cores", "others"),
}
