"""What a fault did to a lane, as data, held to what was promised."""

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from loadtests.faults.asking import OK, SILENCE, Answered
from loadtests.faults.fault import Fault
from loadtests.faults.remedies import ANSWERS, OTHERS, RECOVERY, remedy
from loadtests.servers import Lane

# On top of the stated time, for a busy machine.
SLACK_S = 1.0
OTHERS_WITHIN_S = 1.0
RECOVERED_WITHIN_S = 2.0
# What a server may have opened for other reasons than a request that it lost.
MORE_SOCKETS = 8


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen of one lane while a fault lasted, and after it.

    `statuses` counts how requests ended that leaned on what failed, `others` those for `hello` by somebody else in the
    meantime; the slowest of each are in milliseconds, None where there was none. `recovered_after_s` is the time from
    the end of the cause until all clients were served again, None where that was not seen. Connections are those that
    the database has from the lane, sockets those that its processes hold, None where nobody could tell. `at_work` is
    how many connections were at work at once after it, `held` how many the fault held at once, None where it does not.
    """

    statuses: dict[str, int]
    slowest_ms: float | None
    others: dict[str, int]
    others_ms: float | None
    recovered_after_s: float | None
    connections_before: int
    connections_after: int
    sockets_before: int | None
    sockets_after: int | None
    at_work: int
    held: int | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One lane under one fault: `unmet` says what is not as promised, `remedy` what helps where a server cannot.

    `remark` says of a fault that holds connections how many those were.
    """

    fault: str
    lane: str
    server: str
    stack: str
    seen: Seen
    unmet: list[str]
    remedy: str | None
    remark: str | None = None

    @property
    def is_met(self) -> bool:
        """Tell whether all is as promised."""
        return not self.unmet

    @property
    def is_explained(self) -> bool:
        """Tell whether it is as promised, or it is known that this server cannot do it and what helps."""
        return self.is_met or self.remedy is not None


def outcome(fault: Fault, lane: Lane, stack: str, seen: Seen, *, most: int, pooled: int) -> Outcome:
    """Judge what was seen; of the `pooled` connections that its pools may hold, a lane can have `most` at work at once.

    A server may be too slow for a fault, and is excused where a known remedy covers every promise that it was too slow
    for; what is wrong or left open never is.
    """
    slow, wrong = list(_too_slow(fault, seen)), [*_wrong(fault, seen, most), *_left_open(seen, most)]
    known = remedy(fault.name, lane.server)
    excused = known is not None and bool(slow) and not wrong and {promise for promise, _ in slow} <= known.covers
    return Outcome(
        fault=fault.name,
        lane=lane.name,
        server=lane.server,
        stack=stack,
        seen=seen,
        unmet=[*wrong, *(said for _, said in slow)],
        remedy=known.text if known is not None and excused else None,
        remark=None if seen.held is None else _remark(seen.held, pooled),
    )


def _remark(held: int, pooled: int) -> str:
    if held >= pooled:
        return f"all {pooled} connections of the pools were held"
    return (
        f"{held} of the {pooled} connections of the pools were held, as many as it has requests at work: none was full"
    )


def counted(answers: Sequence[Answered]) -> tuple[dict[str, int], float | None]:
    """Return how many answers there were of each kind, the most frequent first, and the slowest in milliseconds."""
    kinds = Counter(each.what for each in answers)
    return dict(kinds.most_common()), max((each.took_ms for each in answers), default=None)


def _wrong(fault: Fault, seen: Seen, most: int) -> Iterator[str]:
    allowed = " or ".join(sorted(fault.allowed))
    if not seen.statuses:
        yield "nothing was answered or refused while it lasted"
    for what, count in seen.statuses.items():
        if what not in {*fault.allowed, SILENCE}:
            yield f"{count} × {what} instead of {allowed}"
    yield from (f"others: {count} × {what}" for what, count in seen.others.items() if what not in {OK, SILENCE})
    if seen.recovered_after_s is None:
        yield "no full service after it"
    if seen.held is not None and seen.held < most:
        yield f"only {seen.held} of {most} connections were held"


def _too_slow(fault: Fault, seen: Seen) -> Iterator[tuple[str, str]]:
    """Yield each promise that it was too slow for, and what was seen."""
    if SILENCE in seen.statuses:
        yield ANSWERS, f"{seen.statuses[SILENCE]} × {SILENCE}"
    yield from ((ANSWERS, said) for said in _slow("an answer", seen.slowest_ms, fault.within_s))
    if SILENCE in seen.others:
        yield OTHERS, f"others: {seen.others[SILENCE]} × {SILENCE}"
    yield from ((OTHERS, said) for said in _slow("an answer to others", seen.others_ms, OTHERS_WITHIN_S))
    if (seen.recovered_after_s or 0.0) > RECOVERED_WITHIN_S:
        yield RECOVERY, f"full service after {seen.recovered_after_s:.1f} s, not {RECOVERED_WITHIN_S:g} s"


def _slow(what: str, slowest_ms: float | None, within_s: float) -> Iterator[str]:
    if slowest_ms is not None and slowest_ms > (within_s + SLACK_S) * 1000:
        yield f"{what} took {slowest_ms / 1000:.1f} s, not {within_s:g} s"


def _left_open(seen: Seen, most: int) -> Iterator[str]:
    if seen.at_work < most:
        yield f"{seen.at_work} connections can be at work at once, not {most}"
    if seen.connections_after > seen.connections_before:
        yield f"{seen.connections_after} connections to the database, not {seen.connections_before}"
    if None not in (seen.sockets_before, seen.sockets_after):
        more = (seen.sockets_after or 0) - (seen.sockets_before or 0)
        if more > MORE_SOCKETS:
            yield f"{more} more sockets are open than before"
