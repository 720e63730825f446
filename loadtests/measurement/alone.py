"""Measure what one request takes where nothing queues: what the ceilings of threads, pools and users follow from."""

import statistics
from collections.abc import Mapping, Sequence

from loadtests.agent_client import Agent, OnLost, end_with, insist
from loadtests.measurement import histogram
from loadtests.measurement.bench import Bench
from loadtests.measurement.ceilings import Known, pooled
from loadtests.measurement.slice import Asked, writable
from loadtests.measurement.subject import ServerKey, Subject
from loadtests.messages import Exchange, Load, Slice
from loadtests.scenarios import SCENARIOS

_WINDOW_S = 0.12
# A few answers may each meet another program; fewer than this say little.
_LEAST = 3
_TURNS = 4
# What uses no database: what else a request costs.
_FLOOR = "hello"


class Knowing:
    """Asks each server with one user for a moment, once for each kind of work; `on_lost` is told of lost workers."""

    def __init__(self, bench: Bench, on_lost: OnLost = end_with) -> None:
        self._bench = bench
        self._on_lost = on_lost
        self._median_ms: dict[tuple[ServerKey, str], float | None] = {}

    def of(self, subject: Subject, asked: Asked) -> Known:
        """Return what is known of a cell; where the work uses the pool, what it costs more than work that does not.

        Of work that does more beside its reads, it is what those reads alone cost more.
        """
        self._bench.place(subject)
        scenario, held_ms = SCENARIOS[subject.group.scenario], None
        with writable(self._bench, asked):
            alone_ms = self._alone_ms(subject, asked.exchange)
        if pooled(scenario.endpoint, subject.all_params):
            floor_ms = self._alone_ms(subject, _exchange(subject, _FLOOR))
            reads = [self._alone_ms(subject, _exchange(subject, *read)) for read in scenario.reads] or [alone_ms]
            held_ms = _sum([_difference(each, floor_ms) for each in reads])
        load = self._bench.load
        return Known(
            alone_ms=alone_ms,
            held_ms=held_ms,
            other_cores=len(self._bench.cores.others),
            generators=load.generators,
            generator_here=load.here,
        )

    def _alone_ms(self, subject: Subject, exchange: Exchange) -> float | None:
        key = (subject.key, exchange.target)
        if key not in self._median_ms:
            load = Load(
                key=subject.key.label,
                base_url=self._bench.target(subject).base_url,
                exchange=exchange,
                users=1,
                settle_s=0.0,
                window_s=_WINDOW_S,
            )
            self._median_ms[key] = _median_ms(self._bench.load, load, self._on_lost)
        return self._median_ms[key]


def _exchange(subject: Subject, name: str, changed: Mapping[str, str | int] = {}) -> Exchange:
    """Return what asks a cell's server for another scenario's work."""
    other = SCENARIOS[name]
    return Exchange(target=other.target(subject.style, changed), contains=other.contains)


def _sum(parts: Sequence[float | None]) -> float | None:
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


def _difference(whole_ms: float | None, rest_ms: float | None) -> float | None:
    """Return what is left, None where noise leaves nothing."""
    return whole_ms - rest_ms if whole_ms is not None and rest_ms is not None and whole_ms > rest_ms else None


def _median_ms(agent: Agent, load: Load, on_lost: OnLost) -> float | None:
    """Return the median response time in milliseconds, None where an answer was wrong or none came."""
    seen: list[float] = []
    for _ in range(_TURNS):
        client = insist(agent, load, on_lost)
        if client.interrupted or client.errors:
            return None
        answered, middle_us = _middle(client)
        seen += [middle_us] if middle_us is not None else []
        if answered >= _LEAST:
            break
    return statistics.median(seen) / 1e3 if seen else None


def _middle(client: Slice) -> tuple[int, float | None]:
    """Return how many answers came within the window, and their median; or the one that came after it."""
    latencies = histogram.merged([client.latencies])
    answered = histogram.count(latencies)
    if not answered:
        return 0, client.drained_max_us
    return answered, histogram.percentile_us(latencies, 50) or client.rt_mean_us
