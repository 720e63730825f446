"""A test of the UI as it runs: its pieces added up, held against what the server did, and judged as a cell."""

import time
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from loadtests.measurement.about import now
from loadtests.measurement.arithmetic import ratio
from loadtests.measurement.cells import Merged, merge
from loadtests.measurement.errors import failed, sum_errors
from loadtests.measurement.record import Record, Use
from loadtests.measurement.result import Reason
from loadtests.measurement.subject import Subject
from loadtests.messages import Member, Slice
from loadtests.web.joined import Joined, abreast, stretched
from loadtests.web.messages import LOCAL, Begin, End, Ended, Piece, Pulse, Sample, Seen
from loadtests.web.others import taken
from loadtests.web.remedies import as_here
from loadtests.web.sides import Side, paced

_TOO_SHORT = Reason(
    check="short",
    reason="the test ended before all users that were asked for had been there for a second",
    remedy="let it go on for some seconds after the last user came or went",
)
_UNKNOWN = Use(
    wall_ns=0, cpu_ns=None, answered=None, processes=(), rss_bytes=None, pss_bytes=None, threads=None,
    context_switches=None, db_connections=None, db_cpu_ns=None, steal_share=None,
)  # fmt: skip


class Running:
    """One test, from its begin to its end."""

    def __init__(self, subject: Subject, side: Side, begin: Begin) -> None:
        self._subject = subject
        self._side = side
        self._users, self._rate = begin.users, begin.rate
        self._began_s = time.monotonic()
        self._started_at = now()
        self._joined: dict[str, Joined] = {}
        self._seconds: dict[str, Slice] = {}
        self._lost: list[str] = []
        self._workers = begin.workers

    def open(self, users: int) -> None:
        """Let the window open: all of so many users are there."""
        self._users = users
        self._side.open()

    def shut(self) -> None:
        """Let the window be over: the users end."""
        self._side.shut()

    def pulse(self, pulse: Pulse) -> Seen:
        """Take in what was seen since the last pulse."""
        self._take(pulse.pieces, pulse.lost)
        client = self._second(pulse.pieces, pulse.users)
        errors = sum(failed(piece.seen.errors) for every in pulse.pieces.values() for piece in every)
        sample = self._sample(pulse.users, client, self._side.second(client), errors)
        return Seen(sample=sample, cell=self._judged(over=False).cell if self._measured else None)

    def end(self, end: End) -> Ended:
        """Return what the test has found; nothing is in flight any more."""
        try:
            self._take(end.pieces, end.lost)
            merged = self._judged(over=True)
        finally:
            self.close()
        return Ended(cell=merged.cell, detail=merged.detail, latencies=merged.latencies)

    def close(self) -> None:
        """Read nothing of the server any more."""
        self._side.close()

    def _take(self, pieces: Mapping[str, Sequence[Piece]], lost: Iterable[str]) -> None:
        self._lost = list(dict.fromkeys((*self._lost, *lost)))
        for name, every in pieces.items():
            for piece in every:
                self._joined.setdefault(name, Joined()).add(piece)

    @property
    def _measured(self) -> bool:
        """Tell whether the window is open in all processes that are left."""
        left = [joined for name, joined in self._joined.items() if name not in self._lost]
        return bool(left) and all(joined.tells for joined in left)

    def _second(self, pieces: Mapping[str, Sequence[Piece]], users: int) -> Slice:
        """Return what all processes saw in one second, whether their users were all there or not.

        They do not keep step with the pulse: of whoever was a moment too late, the second before stands for this one.
        """
        before, self._seconds = self._seconds, {name: _joined(every) for name, every in pieces.items()}
        late = {name: seen for name, seen in before.items() if name not in self._lost}
        return abreast(late | self._seconds, users, members=self._members)

    @property
    def _members(self) -> dict[str, Member | None]:
        return {name: joined.member for name, joined in self._joined.items()}

    def _judged(self, *, over: bool) -> Merged:
        if not self._measured:
            return self._nothing(_TOO_SHORT)
        watched_ns = {name: joined.watched_ns for name, joined in self._joined.items() if name != LOCAL}
        slices = {name: joined.slice for name, joined in self._joined.items()}
        client = abreast(slices, self._users, watched_ns, self._members)
        beside = sum(joined.beside for joined in self._joined.values())
        used = self._side.whole(client, beside, over=over)
        if (void := self._side.void(client)) is not None:
            return self._nothing(Reason(check="slices", reason=f"nothing of it counts: {void}", remedy=""))
        troubles = [*self._troubles(), *taken(used, self._side.makers_taken(client))]
        return _here(merge(self._now(), [self._record(stretched(client), used, None)], troubles))

    def _nothing(self, why: Reason) -> Merged:
        """Return a test without figures, with the errors that were counted all the same."""
        merged = merge(self._now(), [], [why, *self._troubles()])
        errors = sum_errors([joined.slice.errors for joined in self._joined.values()])
        return _here(msgspec.structs.replace(merged, cell=msgspec.structs.replace(merged.cell, errors=errors)))

    def _sample(self, users: int, client: Slice, used: Use | None, errors: int) -> Sample:
        """Return one second by the same arithmetic as a cell; its own reasons are none of the test's."""
        in_step = paced(used, client) if used else _UNKNOWN
        cell = merge(self._now(), [self._record(client, in_step, None)] if client.window_end_ns else []).cell
        return Sample(
            at_s=time.monotonic() - self._began_s,
            users=users,
            qps=cell.qps,
            mean_ms=cell.rt_ms.mean,
            p50_ms=cell.rt_ms.p50,
            p95_ms=cell.rt_ms.p95,
            p99_ms=cell.rt_ms.p99,
            concurrency=cell.concurrency,
            errors=errors,
            cpu_cores=ratio(used.cpu_ns, used.wall_ns) if used and used.cpu_ns is not None else None,
            cpu_us_per_request=cell.cpu_us_per_request,
            rss_bytes=used.rss_bytes if used else None,
            threads=used.threads if used else None,
            db_connections=used.db_connections_total if used else None,
            generator_core_share=cell.generator_core_share,
            steal_share=used.steal_share if used else None,
        )

    def _now(self) -> Subject:
        """Return what is measured, with the users that there are."""
        group = msgspec.structs.replace(self._subject.group, users=max(1, self._users), rate=self._rate)
        return msgspec.structs.replace(self._subject, group=group)

    def _record(self, client: Slice, used: Use | None, void: str | None) -> Record:
        group = self._now().group
        return Record(
            round=1,
            scenario=group.scenario,
            users=group.users,
            rate=group.rate,
            name=self._subject.name,
            lane=self._subject.lane,
            started_at=self._started_at,
            client=client,
            use=used,
            void=void,
        )

    def _troubles(self) -> list[Reason]:
        if not self._lost:
            return []
        reason = (
            f"{len(self._lost)} of {self._workers} workers were lost ({', '.join(self._lost)}): "
            "what they did since their last report is missing"
        )
        return [Reason(check="workers", reason=reason, remedy="see their logs, and run the test again")]


def _joined(every: Sequence[Piece]) -> Slice:
    """Return what one process saw, all of it as the window."""
    joined = Joined()
    for piece in every:
        joined.add(msgspec.structs.replace(piece, level=1, inside=True))
    return joined.slice


def _here(merged: Merged) -> Merged:
    """Return the same with remedies that there are in the web UI."""
    reasons = [as_here(reason) for reason in merged.cell.reasons]
    return msgspec.structs.replace(merged, cell=msgspec.structs.replace(merged.cell, reasons=reasons))
