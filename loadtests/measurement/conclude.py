"""From slices to a summary: cells, verdicts, ranks, and the sentences that the figures support."""

from collections.abc import Mapping, Sequence

import msgspec

from loadtests.measurement import cells, verdicts
from loadtests.measurement.ceilings import Known
from loadtests.measurement.cells import Merged
from loadtests.measurement.creeping import creeping
from loadtests.measurement.group import Group, file_stem, group_of
from loadtests.measurement.judging import Measured, judge
from loadtests.measurement.record import Record
from loadtests.measurement.result import SCHEMA_VERSION, Detail, Reason, Summary
from loadtests.measurement.sentences import sentence
from loadtests.measurement.subject import Subject
from loadtests.measurement.verdict import Verdict

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

    def made_by(self, generators: int, *, here: bool) -> None:
        """Let the cells be judged by who makes the load from now on."""
        for key, known in self._known.items():
            self._known[key] = msgspec.structs.replace(known, generators=generators, generator_here=here)

    def records(self, subject: Subject) -> list[Record]:
        """Return a cell's slices."""
        return self._records.get(_key(subject), [])

    def all_records(self) -> list[Record]:
        """Return the slices of all cells."""
        return [record for records in self._records.values() for record in records]

    def merged(self, subject: Subject) -> Merged:
        """Return a cell as its slices so far make it."""
        key, own = _key(subject), self.records(subject)
        beside = [each for each in self.subjects if each.group == subject.group and each.name != subject.name]
        troubles = [*self._troubles.get(key, ()), *creeping(own, [self.records(each) for each in beside])]
        return cells.merge(subject, own, troubles, self._known.get(key, Known()))


class Conclusion(msgspec.Struct, frozen=True, kw_only=True):
    """The summary and every cell's histogram."""

    summary: Summary
    histograms: dict[str, str]


def conclude(
    ledger: Ledger, *, ceilings: Mapping[int, float], rounds: Mapping[str, int], partial: bool, warnings: Sequence[str]
) -> Conclusion:
    """Merge, judge and say what was found; the hidden control is judged and not shown among the lanes."""
    every = {
        subject: ledger.merged(msgspec.structs.replace(subject, ceiling_qps=ceilings.get(subject.group.users)))
        for subject in ledger.subjects
    }
    judged = judge(
        [
            Measured(subject=subject, cell=each.cell, records=ledger.records(subject))
            for subject, each in every.items()
            if each.cell.valid
        ],
        rounds,
        controlled=any(subject.control for subject in every),
    )
    merged = {subject: each for subject, each in every.items() if not subject.control}
    by_group = {
        group: {subject: each for subject, each in merged.items() if subject.group == group}
        for group in dict.fromkeys(subject.group for subject in merged)
    }
    told = [_group(group, members, judged.verdicts) for group, members in by_group.items()]
    summary = Summary(
        schema_version=SCHEMA_VERSION,
        partial=partial,
        cells=[each.cell for each in merged.values()],
        verdicts=judged.verdicts,
        details=[detail for each in told for detail in each.details],
        controls=judged.controls,
        evenness=judged.evenness,
        sentences=[each.sentence for each in told],
        warnings=[*warnings, *_elsewhere(merged), *judged.warnings, *_without_control(every)],
    )
    return Conclusion(
        summary=summary, histograms={file_stem(each.cell, each.cell.name): each.latencies for each in every.values()}
    )


def _elsewhere(merged: Mapping[Subject, Merged]) -> list[str]:
    """Say which lanes run elsewhere, and what is not known of them."""
    said = {}
    for subject, each in merged.items():
        if subject.url is not None:
            known = "it told its CPU time itself, in steps of 10 ms" if each.cell.cpu_us_per_request else None
            said[subject.lane] = f"{subject.lane} runs at {subject.url}: {each.cell.missing or known or 'not measured'}"
    return list(said.values())


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One group's details with their ranks, and its sentence."""

    details: list[Detail]
    sentence: str


def _group(group: Group, merged: Mapping[Subject, Merged], judged: Sequence[Verdict]) -> Told:
    ours = [each for each in judged if group_of(each) == group]
    names = [subject.name for subject, each in merged.items() if each.cell.valid]
    ranks = verdicts.ranks(names, ours)
    shown = ranks if verdicts.all_compared(names, ours) else {}
    return Told(
        details=[
            msgspec.structs.replace(each.detail, rank=shown.get(subject.name)) for subject, each in merged.items()
        ],
        sentence=sentence(group, [each.cell for each in merged.values()], ranks, ours),
    )


def _without_control(every: Mapping[Subject, Merged]) -> list[str]:
    """Say where a control was measured and cannot be judged."""
    return [
        f"{subject.group}: the control ({subject.repeats}) is not valid ({each.cell.reasons[0].reason}), so the "
        "coarsest resolution of the run stands for this one"
        for subject, each in every.items()
        if subject.control and not each.cell.valid and each.detail.rounds
    ]


def _key(subject: Subject) -> Key:
    return (subject.group.scenario, subject.group.users, subject.group.rate, subject.name)
