"""Slices whose server lost its cores to others, steal by the hypervisor or programs beside ours, are measured again.

What a run usually loses is part of the machine and hits every lane; what is far above it hit one slice. The limit is
the run's own median and five points, or four of its usual spreads, above it.
"""

import statistics
from collections import Counter
from collections.abc import Sequence
from typing import Protocol

import msgspec

from loadtests.measurement.group import group_of
from loadtests.measurement.record import Record
from loadtests.measurement.result import Reason

MOST_REPEATS = 2
LEAST_SEEN = 8
ABOVE = 0.05
SPREADS = 4.0
# A slice that others took more of than this tells little of the lane; where less was taken the interval holds it.
MOST_TAKEN = 0.25
# Of a cell's rounds: where more of them were taken, what is left is not the lane's.
STOLEN_SHARE = 0.5
# The median distance from the median of a normal distribution is this part of its standard deviation.
_DISTANCE = 0.6745


class Shares(Protocol):
    """What of a server's cores others had: in a slice, in a chart's part of one, or in a cell's account."""

    @property
    def core_steal_share(self) -> float | None: ...  # noqa: D102 - as in `Use`
    @property
    def foreign_share(self) -> float | None: ...  # noqa: D102


def stolen_too_much(shares: Sequence[float], latest: float) -> bool:
    """Tell whether `latest` lies far above what `shares` show to be usual; too few show nothing."""
    if len(shares) < LEAST_SEEN:
        return False
    usual = statistics.median(shares)
    spread = statistics.median(abs(share - usual) for share in shares) / _DISTANCE
    return latest > usual + max(ABOVE, SPREADS * spread)


def taken_share(use: Shares | None) -> float | None:
    """Return the share of the server's cores that others had: the hypervisor, or programs beside ours.

    None where the system does not tell.
    """
    if use is None or use.core_steal_share is None:
        return None
    return use.core_steal_share + (use.foreign_share or 0.0)


class Repeats:
    """Decides after each slice whether it is measured again: at most twice, and `most` times in the whole run.

    So long as there is time: a run ends when it said it would, however much others take of the machine.
    """

    def __init__(self, most: int | None = None) -> None:
        self._left = most
        # By kind of work: one that gives the servers every core shares them with the generator.
        self._seen: dict[str, list[float]] = {}
        self._tries: Counter[str] = Counter()

    def allow(self, most: int) -> None:
        """Let so many slices more be measured again."""
        self._left = most

    def judge(self, record: Record, *, in_time: bool = True) -> Record:
        """Return the record, `stolen` when others had its cores; then it is void and to be `repeated`, if it may be.

        Where its repeats were taken too, or none may be made, the last one counts, unless others had more than a
        quarter of the cores. `in_time` tells whether there is time for one more.
        """
        share = taken_share(record.use)
        if share is None or record.void is not None:
            return record
        seen = self._seen.setdefault(record.scenario, [])
        stolen = stolen_too_much(seen, share)
        seen.append(share)
        if not stolen or not record.round:
            return record
        slot = f"{group_of(record)}/{record.name}/{record.round}"
        tried = self._tries[slot]
        if tried >= MOST_REPEATS or self._left == 0 or not in_time:
            why = "its repeats were taken too" if tried else "it was not measured again"
            void = f"{why}: {_what(record)}" if share > MOST_TAKEN else None
            return msgspec.structs.replace(record, stolen=True, void=void)
        self._tries[slot] += 1
        self._left = None if self._left is None else self._left - 1
        return msgspec.structs.replace(record, stolen=True, repeated=True, void=f"measured again: {_what(record)}")


def stolen(records: Sequence[Record]) -> list[Reason]:
    """Return why a cell is not valid when others had its cores in more than half of its rounds."""
    rounds = [record for record in records if record.round and not record.repeated]
    taken = [record for record in rounds if record.stolen]
    if len(taken) <= STOLEN_SHARE * len(rounds):
        return []
    worst = max(taken, key=lambda record: taken_share(record.use) or 0.0)
    ended = "end what else runs" if _foreign(worst) > ABOVE else "run it again when the host is less busy"
    return [
        Reason(
            check="steal",
            reason=f"{len(taken)} of {len(rounds)} slices lost their cores to others, repeats included "
            f"(the worst: {_what(worst)})",
            remedy=f"{ended}, or give the servers other cores",
        )
    ]


def repeats(records: Sequence[Record]) -> int:
    """Return how many slices of a cell were measured again."""
    return sum(record.repeated for record in records)


def _foreign(record: Record) -> float:
    return (record.use.foreign_share or 0.0) if record.use else 0.0


def _what(record: Record) -> str:
    use = record.use
    steal = use.core_steal_share if use else None
    return f"the hypervisor took {steal or 0.0:.0%} and other programs {_foreign(record):.0%} of its cores' time"
