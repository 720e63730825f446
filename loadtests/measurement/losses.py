"""Rounds that a lane lost: what is left of them would flatter it."""

from collections.abc import Iterator, Sequence

from loadtests.measurement.errors import failed
from loadtests.measurement.record import Record
from loadtests.measurement.result import Reason
from loadtests.measurement.steal import stolen

_VOID_SHARE = 0.1
_REMEDY = "see the lane's log, and run it again"


def lost(records: Sequence[Record]) -> list[Reason]:
    """Return why rounds are missing, where that makes the others untrustworthy."""
    rounds = [record for record in records if record.round and not record.repeated and not _interrupted(record)]
    return [*_workers(records), *_void(rounds), *_idle(rounds), *stolen(rounds)]


def _interrupted(record: Record) -> bool:
    """Whether the person ended the slice: that tells nothing about the lane."""
    return record.client is not None and record.client.interrupted


def _workers(records: Sequence[Record]) -> Iterator[Reason]:
    ended = [record for record in records if record.workers_ended]
    if ended:
        count = sum(record.workers_ended for record in ended)
        yield Reason(
            check="workers",
            reason=f"{count} worker process{'' if count == 1 else 'es'} ended under load, "
            f"in {len(ended)} of {len(records)} slices",
            remedy=_REMEDY,
        )


def _void(rounds: Sequence[Record]) -> Iterator[Reason]:
    void = [record for record in rounds if record.void and not record.stolen]
    if len(void) > _VOID_SHARE * len(rounds):
        yield Reason(
            check="slices",
            reason=f"{len(void)} of {len(rounds)} rounds count for nothing (round {void[0].round}: {void[0].void})",
            remedy=_REMEDY,
        )


def _idle(rounds: Sequence[Record]) -> Iterator[Reason]:
    """Where some rounds were empty the others cannot stand for all of them."""
    counted = [record.client for record in rounds if record.void is None and record.client is not None]
    idle = sum(client.window_requests == failed(client.window_errors) for client in counted)
    if idle:
        yield Reason(
            check="idle",
            reason=f"it served nothing in {idle} of {len(counted)} rounds",
            remedy=f"{_REMEDY}, with longer slices (--seconds)",
        )
