"""What a slice says of its lane, and a lane's figures lined up round by round, so that rounds can be compared."""

import functools
from collections.abc import Callable, Sequence

import msgspec

from loadtests.measurement import histogram
from loadtests.measurement.arithmetic import ms, ratio
from loadtests.measurement.audit import Audit
from loadtests.measurement.errors import failed
from loadtests.measurement.record import Record, Use
from loadtests.messages import Slice


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """A slice that counts: what the client saw, what the server used, what its neighbour saw, what was written."""

    round: int
    client: Slice
    use: Use
    beside: Slice | None = None
    audit: Audit | None = None


def pair_of(record: Record) -> Pair | None:
    """Return what counts of a slice, None where nothing does."""
    if not record.round or record.void is not None or record.client is None or record.use is None:
        return None
    return Pair(round=record.round, client=record.client, use=record.use, beside=record.beside, audit=record.audit)


def values(records: Sequence[Record], rounds: int, metric: str) -> list[float | None]:
    """Return a lane's figure for each round, None where its slice counts for nothing."""
    found: dict[int, float | None] = {}
    for record in records:
        if pair := pair_of(record):
            found[record.round] = _METRICS[metric](pair)
    return [found.get(number) for number in range(1, rounds + 1)]


def clients(records: Sequence[Record], rounds: int) -> list[Slice | None]:
    """Return what the client saw of a lane in each round, None where its slice counts for nothing."""
    found = {record.round: record.client for record in records if record.void is None and record.use is not None}
    return [found.get(number) for number in range(1, rounds + 1)]


def window_s(client: Slice) -> float:
    """Return how long the window of a slice really was."""
    return (client.window_end_ns - client.window_start_ns) / 1e9


def qps(client: Slice) -> float:
    """Return successes per second of the window."""
    seconds = window_s(client)
    return (client.window_requests - failed(client.window_errors)) / seconds if seconds > 0 else 0.0


def _qps(pair: Pair) -> float | None:
    return qps(pair.client)


def _cpu_us(pair: Pair) -> float | None:
    # What a neighbour costs cannot be told apart from what a request costs.
    if pair.beside is not None or pair.use.cpu_ns is None:
        return None
    # No time at all is a clock that was not read, not a lane that works for nothing.
    return ratio(pair.use.cpu_ns / 1e3, pair.client.requests) or None


def _busy_cores(pair: Pair) -> float | None:
    return None if pair.use.cpu_ns is None else ratio(pair.use.cpu_ns, pair.use.wall_ns)


def _mean_ms(pair: Pair) -> float | None:
    return ms(pair.client.rt_mean_us)


def _p99_ms(pair: Pair) -> float | None:
    return _p99_of(pair.client.latencies)


@functools.cache
def _p99_of(latencies: str) -> float | None:
    """Return a slice's p99 in milliseconds; kept, since it is asked for again after every round."""
    return ms(histogram.percentile_us(histogram.merged([latencies]), 99))


_METRICS: dict[str, Callable[[Pair], float | None]] = {
    "qps": _qps,
    "cpu_us_per_request": _cpu_us,
    "mean_ms": _mean_ms,
    "p99_ms": _p99_ms,
    "busy_cores": _busy_cores,
    "servers_pace_us": lambda pair: pair.use.pace.servers_us,
    "others_pace_us": lambda pair: pair.use.pace.others_us,
    "servers_window_pace_us": lambda pair: pair.use.window_pace.servers_us,
    "others_window_pace_us": lambda pair: pair.use.window_pace.others_us,
}
