"""The pieces of a test as one slice: one after another within a process, side by side over several of them.

Requests, errors and connections are those of the whole test, so that they can be held against the server's count.
Everything else, the CPU time of who makes the load included, is of the window alone.
"""

from collections.abc import Mapping, Sequence

import msgspec

from loadtests.measurement import histogram
from loadtests.measurement.arithmetic import ratio
from loadtests.measurement.errors import sum_errors
from loadtests.messages import Member, Slice
from loadtests.web.messages import Piece
from loadtests.workers import machine
from loadtests.workers.merge import Moments, Worked, merged

_S_NS = 1_000_000_000
# Of fewer pieces, how long messages took is too much beside how long the window was.
_LEAST_WATCHED = 5
_NONE = Slice(
    started_ns=0, window_start_ns=0, window_end_ns=0, ended_ns=0, window_requests=0, window_errors={},
    window_thirds=(0, 0, 0), requests=0, errors={}, concurrency=0.0, rt_mean_us=None, rt_max_us=None,
    rt_mean_all_us=None, latencies="", failed_latencies="", cpu_ns=0, send_lag_mean_us=None, send_lag_max_us=None,
    connections_opened=0, bytes_received=0,
)  # fmt: skip


class Joined:
    """What one process has seen so far: everything, and the window in which all its users were there.

    Of an open load, response times are those of what ended in the window.
    """

    def __init__(self) -> None:
        self.beside = 0
        self.member: Member | None = None
        self._level = 0
        self._whole = _NONE
        self._open()

    def add(self, piece: Piece) -> None:
        """Take one more piece; a higher level than before drops the window: its users are not those any more."""
        seen = piece.seen
        self.beside, self.member = piece.beside, piece.member
        self._whole = _followed(self._whole, seen)
        if piece.level > self._level:
            self._level = piece.level
            self._open()
        if piece.inside:
            self._window.append(msgspec.structs.replace(seen, latencies="", failed_latencies=""))
            self._came_ns.append(piece.came_ns)
            self._latencies.decode_and_add(seen.latencies)
            self._failed.decode_and_add(seen.failed_latencies)

    def _open(self) -> None:
        self._window: list[Slice] = []
        self._came_ns: list[int] = []
        self._latencies, self._failed = histogram.empty(), histogram.empty()

    @property
    def tells(self) -> bool:
        """Tell whether the window has been open for a second: of less, nothing can be said."""
        return sum(map(_length_ns, self._window)) >= _S_NS

    @property
    def watched_ns(self) -> int:
        """Return how long the window was by the clock of who adds up, by its own where that cannot be told."""
        if len(self._window) < _LEAST_WATCHED or not all(self._came_ns):
            return sum(map(_length_ns, self._window))
        return self._came_ns[-1] - self._came_ns[0] + _length_ns(self._window[0])

    @property
    def slice(self) -> Slice:
        """Return all of it as one slice."""
        inside = self._window
        length_ns = sum(_length_ns(each) for each in inside)
        timed = [(each.rt_mean_us, each.window_requests - sum(each.window_errors.values())) for each in inside]
        return msgspec.structs.replace(
            self._whole,
            started_ns=0,
            window_start_ns=0,
            window_end_ns=length_ns,
            ended_ns=length_ns,
            cpu_ns=sum(each.cpu_ns for each in inside),
            window_requests=sum(each.window_requests for each in inside),
            window_errors=sum_errors([each.window_errors for each in inside]),
            window_thirds=_thirds(inside),
            concurrency=sum(each.concurrency * _length_ns(each) for each in inside) / max(1, length_ns),
            rt_mean_us=_mean(timed),
            rt_max_us=max((each.rt_max_us for each in inside if each.rt_max_us is not None), default=None),
            rt_mean_all_us=_mean([(each.rt_mean_all_us, each.window_requests) for each in inside]),
            latencies=self._latencies.encode().decode("ascii"),
            failed_latencies=self._failed.encode().decode("ascii"),
            due=_sum([each.due for each in inside]),
            late=sum(each.late for each in inside),
            dropped=sum(each.dropped for each in inside),
        )


def abreast(
    by_process: Mapping[str, Slice],
    users: int,
    watched_ns: Mapping[str, int] = {},
    members: Mapping[str, Member | None] = {},
) -> Slice:
    """Return what several processes saw at the same time as one slice; of one it is that one's own.

    Those that were watched, each for so long by the clock here, are not trusted where their own clocks say otherwise.
    Which of them share cores is known from `members`.
    """
    if len(by_process) == 1 and not watched_ns:
        return next(iter(by_process.values()))
    share = users // max(1, len(by_process))
    worked = [
        # The windows of all began and ended together, for long beside what messages take.
        Worked(_known(name, members.get(name)), share, seen, Moments(0, 0, watched_ns.get(name, seen.ended_ns)))
        for name, seen in by_process.items()
    ]
    return merged(worked, linger_s=float("inf")) if worked else _NONE


def _known(name: str, member: Member | None) -> Member:
    if member is None:
        return Member(name=name, machine="", cores=())
    return msgspec.structs.replace(member, name=name, here=member.machine == machine.machine())


def stretch(client: Slice) -> float:
    """Return how many times the requests of the window all requests are.

    A cell divides by all of them: what is of the window alone is multiplied by as much before.
    """
    return client.requests / client.window_requests if client.window_requests else 1.0


def stretched(client: Slice) -> Slice:
    """Return the slice with as much CPU time, in as much time, as all its requests take at the window's pace."""
    by, length_ns = stretch(client), client.ended_ns - client.started_ns
    return msgspec.structs.replace(
        client, cpu_ns=round(client.cpu_ns * by), ended_ns=client.started_ns + max(length_ns, round(length_ns * by))
    )


def _followed(before: Slice, seen: Slice) -> Slice:
    """Return what both hold together, as far as it concerns whole slices."""
    lags = [(each.send_lag_mean_us, each.requests) for each in (before, seen)]
    return msgspec.structs.replace(
        _NONE,
        requests=before.requests + seen.requests,
        errors=sum_errors([before.errors, seen.errors]),
        send_lag_mean_us=_mean(lags),
        send_lag_max_us=max((each.send_lag_max_us or 0.0 for each in (before, seen)), default=None),
        connections_opened=before.connections_opened + seen.connections_opened,
        bytes_received=before.bytes_received + seen.bytes_received,
        retried=before.retried + seen.retried,
        first_error=before.first_error or seen.first_error,
    )


def _length_ns(seen: Slice) -> int:
    return seen.window_end_ns - seen.window_start_ns


def _thirds(inside: Sequence[Slice]) -> tuple[int, int, int]:
    """Share the pieces out to thirds of the window; those that are left over belong to the middle one."""
    third = len(inside) // 3
    counts = [each.window_requests for each in inside]
    if not third:
        return _NONE.window_thirds
    return sum(counts[:third]), sum(counts[third : len(counts) - third]), sum(counts[-third:])


def _mean(weighted: Sequence[tuple[float | None, int]]) -> float | None:
    known = [(value, weight) for value, weight in weighted if value is not None]
    return ratio(sum(value * weight for value, weight in known), sum(weight for _, weight in known))


def _sum(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
