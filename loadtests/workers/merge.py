"""What several workers saw of one slice, as one: counts and histograms are added, and so are rates, never averaged.

Each worker's figures rest on its own clock alone, which is used for lengths and never compared with another's. When a
worker began is known from the master's clock: after `Go` was sent to it, and before its `Begun` arrived.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from loadtests.measurement import histogram
from loadtests.measurement.arithmetic import ratio
from loadtests.measurement.errors import sum_errors
from loadtests.messages import Member, Part, Slice

# By so much a worker's clock, or the way of its messages, may differ from what the master saw.
CLOCK_SHARE, CLOCK_S = 0.05, 0.25
_S_NS = 1e9


@dataclass(frozen=True)
class Moments:
    """When the master told a worker to begin, and heard that it had and that it was over: by the master's clock."""

    go_ns: int
    begun_ns: int
    over_ns: int

    @property
    def began_ns(self) -> int:
        """Return the middle of the two between which it began."""
        return (self.go_ns + self.begun_ns) // 2


@dataclass(frozen=True)
class Worked:
    """What one worker saw of one load with so many users."""

    member: Member
    users: int
    seen: Slice
    moments: Moments

    @property
    def window_ns(self) -> int:
        """Return how long its window was."""
        return self.seen.window_end_ns - self.seen.window_start_ns

    @property
    def elapsed_ns(self) -> int:
        """Return how long its slice took."""
        return self.seen.ended_ns - self.seen.started_ns

    def on_master_ns(self, own_ns: int) -> int:
        """Return a moment of its clock on the master's."""
        return own_ns - self.seen.started_ns + self.moments.began_ns


def merged(parts: Sequence[Worked], linger_s: float) -> Slice:
    """Add up what at least one worker saw of a load that went on for `linger_s` after each one's window."""
    seen = [part.seen for part in parts]
    requests = sum(each.requests for each in seen)
    apart_ns = _apart_ns(parts)
    due = [each.due for each in seen if each.due is not None]
    return msgspec.structs.replace(
        _times(parts),
        window_requests=sum(each.window_requests for each in seen),
        window_errors=sum_errors([each.window_errors for each in seen]),
        window_thirds=_thirds(seen),
        requests=requests,
        errors=sum_errors([each.errors for each in seen]),
        concurrency=sum(each.concurrency for each in seen),
        rt_mean_us=_mean([(each.rt_mean_us, _timed(each)) for each in seen]),
        rt_max_us=_largest([each.rt_max_us for each in seen]),
        rt_mean_all_us=_mean([(each.rt_mean_all_us, each.window_requests) for each in seen]),
        latencies=_added([each.latencies for each in seen]),
        failed_latencies=_added([each.failed_latencies for each in seen]),
        cpu_ns=sum(each.cpu_ns for each in seen),
        send_lag_mean_us=_mean([(each.send_lag_mean_us, each.requests) for each in seen]),
        send_lag_max_us=_largest([each.send_lag_max_us for each in seen]),
        connections_opened=sum(each.connections_opened for each in seen),
        bytes_received=sum(each.bytes_received for each in seen),
        retried=sum(each.retried for each in seen),
        drained=sum(each.drained for each in seen),
        drained_max_us=_largest([each.drained_max_us for each in seen]),
        outlasting=sum(each.outlasting for each in seen),
        first_error=next(
            (f"{each.member.name}: {each.seen.first_error}" for each in parts if each.seen.first_error), None
        ),
        interrupted=any(each.interrupted for each in seen),
        due=sum(due) if due else None,
        late=sum(each.late for each in seen),
        dropped=sum(each.dropped for each in seen),
        parts=tuple(map(_part, parts)),
        apart_ns=apart_ns,
        untrusted=next(_doubts(parts, apart_ns, linger_s), None),
    )


def _times(parts: Sequence[Worked]) -> Slice:
    """Return a slice with the times of all together: from the first to begin to the last to end.

    The window is as long as makes all requests over it the sum of the workers' rates.
    """
    requests = sum(part.seen.window_requests for part in parts)
    rate = sum(part.seen.window_requests / part.window_ns for part in parts if part.window_ns)
    length_ns = requests / rate if rate else sum(part.window_ns for part in parts) / len(parts)
    opens_ns = sum(part.on_master_ns(part.seen.window_start_ns) for part in parts) // len(parts)
    closes_ns = opens_ns + round(length_ns)
    return msgspec.structs.replace(
        parts[0].seen,
        started_ns=min(part.moments.began_ns for part in parts),
        window_start_ns=opens_ns,
        window_end_ns=closes_ns,
        ended_ns=max(closes_ns, *(part.on_master_ns(part.seen.ended_ns) for part in parts)),
    )


def _part(worked: Worked) -> Part:
    return Part(
        worker=worked.member.name,
        here=worked.member.here,
        users=worked.users,
        requests=worked.seen.requests,
        cpu_ns=worked.seen.cpu_ns,
        elapsed_ns=worked.elapsed_ns,
        machine=worked.member.machine,
        cores=worked.member.cores,
    )


def _apart_ns(parts: Sequence[Worked]) -> int:
    """Return the most by which two workers may have begun apart; nothing where there is one."""
    if len(parts) == 1:
        return 0
    return max(part.moments.begun_ns for part in parts) - min(part.moments.go_ns for part in parts)


def _doubts(parts: Sequence[Worked], apart_ns: int, linger_s: float) -> Iterator[str]:
    """Say why what the workers saw cannot be added up."""
    for part in parts:
        watched_s = (part.moments.over_ns - part.moments.began_ns) / _S_NS
        own_s = part.elapsed_ns / _S_NS
        if abs(watched_s - own_s) > CLOCK_S + CLOCK_SHARE * own_s:
            yield (
                f"{part.member.name} says that its slice took {own_s:.2f} s, and {watched_s:.2f} s passed here: "
                "its clock does not run as this one does, or its messages were held up"
            )
    if apart_ns > linger_s * _S_NS:
        yield (
            f"the workers may have begun {apart_ns / 1e6:.0f} ms apart, and {linger_s * 1e3:.0f} ms are allowed: "
            "some windows may have lain outside of the others' load"
        )


def _thirds(seen: Sequence[Slice]) -> tuple[int, int, int]:
    first, second, third = (sum(each.window_thirds[place] for each in seen) for place in range(3))
    return first, second, third


def _timed(seen: Slice) -> int:
    """Return how many response times its mean is of."""
    return histogram.count(histogram.merged([seen.latencies]))


def _added(encoded: Sequence[str]) -> str:
    text: bytes = histogram.merged(encoded).encode()
    return text.decode("ascii")


def _mean(weighted: Sequence[tuple[float | None, int]]) -> float | None:
    known = [(value, weight) for value, weight in weighted if value is not None]
    return ratio(sum(value * weight for value, weight in known), sum(weight for _, weight in known))


def _largest(values: Sequence[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)
