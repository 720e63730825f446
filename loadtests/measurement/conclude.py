"""From slices to a summary: cells, verdicts, ranks, and the sentences that the figures support."""

from collections.abc import Mapping, Sequence

import msgspec

from loadtests.measurement import cells, verdicts
from loadtests.measurement.ceilings import Known
from loadtests.measurement.cells import Merged
from loadtests.measurement.plan import Group
from loadtests.measurement.result import SCHEMA_VERSION, Cell, Detail, Reason, Record, Summary, Verdict
from loadtests.measurement.sentences import sentence
from loadtests.measurement.statistics import LEAST_ROUNDS
from loadtests.measurement.subject import Subject
from loadtests.measurement.tails import LEAST_REQUESTS, tails

Key = tuple[str, int, float | None, str]


class Ledger:
    """All slices so far and the troubles seen beside them, by cell."""

    def __init__(self, subjects: Sequence[Subject]) -> None:
        self.subjects = list(subjects)
        self._records: dict[Key, list[Record]] = {}
        self._troubles: dict[Key, list[Reason]] = {}
        self._known: dict[Key, Known] = {}

    def add(self, record: Record) -> None:
        """Keep one slice."""
        self._records.setdefault((record.scenario, record.users, record.rate, record.name), []).append(record)

    def trouble(self, subject: Subject, reason: Reason) -> None:
        """Keep a reason why a cell cannot be valid."""
        self._troubles.setdefault(_key(subject), []).append(reason)

    def know(self, subject: Subject, known: Known) -> None:
        """Keep what was found out about a cell before its rounds."""
        self._known[_key(subject)] = known

    def records(self, subject: Subject) -> list[Record]:
        """Return a cell's slices."""
        return self._records.get(_key(subject), [])

    def merged(self, subject: Subject) -> Merged:
        """Return a cell as its slices so far make it."""
        key = _key(subject)
        return cells.merge(subject, self.records(subject), self._troubles.get(key, ()), self._known.get(key, Known()))


class Conclusion(msgspec.Struct, frozen=True, kw_only=True):
    """The summary and every cell's histogram."""

    summary: Summary
    histograms: dict[str, str]


def conclude(
    ledger: Ledger, *, ceilings: Mapping[int, float], rounds: Mapping[str, int], partial: bool, warnings: Sequence[str]
) -> Conclusion:
    """Merge, judge and say what was found."""
    merged = {
        subject: ledger.merged(msgspec.structs.replace(subject, ceiling_qps=ceilings.get(subject.group.users)))
        for subject in ledger.subjects
    }
    groups = [
        _group(group, {subject: each for subject, each in merged.items() if subject.group == group}, ledger, rounds)
        for group in dict.fromkeys(subject.group for subject in merged)
    ]
    summary = Summary(
        schema_version=SCHEMA_VERSION,
        partial=partial,
        cells=[each.cell for each in merged.values()],
        verdicts=[verdict for found in groups for verdict in found.verdicts],
        details=[detail for found in groups for detail in found.details],
        sentences=[found.sentence for found in groups],
        warnings=[*warnings, *(warning for found in groups for warning in found.warnings)],
    )
    return Conclusion(summary=summary, histograms={_file(each.cell): each.latencies for each in merged.values()})


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What one group's figures say, and what they are too few for."""

    verdicts: list[Verdict]
    details: list[Detail]
    sentence: str
    warnings: list[str]


def _group(group: Group, merged: Mapping[Subject, Merged], ledger: Ledger, rounds: Mapping[str, int]) -> Judged:
    valid = {subject: each.cell for subject, each in merged.items() if each.cell.valid}
    compared = _per_round(group, list(valid), ledger, rounds.get(str(group), 0))
    of_tails, few = _per_block(group, valid, ledger, rounds.get(str(group), 0))
    ranks = verdicts.ranks([subject.name for subject in valid], compared)
    return Judged(
        verdicts=[*compared, *of_tails],
        details=[
            msgspec.structs.replace(each.detail, rank=ranks.get(subject.name)) for subject, each in merged.items()
        ],
        sentence=sentence(group, [each.cell for each in merged.values()], ranks, compared),
        warnings=few,
    )


def _per_round(group: Group, valid: Sequence[Subject], ledger: Ledger, rounds: int) -> list[Verdict]:
    return [
        verdict
        for metric in verdicts.PER_ROUND
        for verdict in verdicts.judge(
            group,
            metric,
            {subject.name: cells.values(ledger.records(subject), rounds, metric.name) for subject in valid},
        )
    ]


def _per_block(
    group: Group, valid: Mapping[Subject, Cell], ledger: Ledger, rounds: int
) -> tuple[list[Verdict], list[str]]:
    """Compare p99, and say of which lanes it cannot be compared."""
    found = tails({subject.name: cells.clients(ledger.records(subject), rounds) for subject in valid})
    p99 = {subject.name: cell.rt_ms.p99 for subject, cell in valid.items()}
    undecided = verdicts.leave_open(group, verdicts.PER_BLOCK, p99, found.too_few)
    few = (
        f"{group}: too few requests to compare the p99 of {', '.join(found.too_few)}; it takes {LEAST_ROUNDS} blocks "
        f"of rounds with {LEAST_REQUESTS} requests each: use more --rounds or longer slices with --seconds"
    )
    return [*verdicts.judge(group, verdicts.PER_BLOCK, found.per_block), *undecided], [few] if undecided else []


def _key(subject: Subject) -> Key:
    return (subject.group.scenario, subject.group.users, subject.group.rate, subject.name)


def _file(cell: Cell) -> str:
    load = f"{cell.users}" if cell.rate is None else f"{cell.rate:g}-per-s"
    return f"{cell.scenario}-{load}-{cell.name.replace(' ', '-')}"
