"""Measure what one request takes where nothing queues: what the ceilings of threads, pools and users follow from."""

import statistics

from loadtests.agent_client import Agent
from loadtests.measurement import histogram
from loadtests.measurement.bench import Bench
from loadtests.measurement.ceilings import Known, pooled
from loadtests.measurement.slice import Asked
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
    """Asks each server with one user for a moment, once for each kind of work."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._median_ms: dict[tuple[ServerKey, str], float | None] = {}

    def of(self, subject: Subject, asked: Asked) -> Known:
        """Return what is known of a cell; where the work uses the pool, what it costs more than work that does not."""
        self._bench.place(subject)
        alone_ms, held_ms = self._alone_ms(subject, asked.exchange), None
        if pooled(SCENARIOS[subject.group.scenario].endpoint, subject.all_params):
            floor = SCENARIOS[_FLOOR]
            exchange = Exchange(target=floor.target(subject.style), contains=floor.contains)
            held_ms = _difference(alone_ms, self._alone_ms(subject, exchange))
        return Known(alone_ms=alone_ms, held_ms=held_ms, other_cores=len(self._bench.cores.others))

    def _alone_ms(self, subject: Subject, exchange: Exchange) -> float | None:
        key = (subject.key, exchange.target)
        if key not in self._median_ms:
            load = Load(
                key=subject.key.label,
                base_url=self._bench.server(subject).base_url,
                exchange=exchange,
                users=1,
                settle_s=0.0,
                window_s=_WINDOW_S,
            )
            self._median_ms[key] = _median_ms(self._bench.load, load)
        return self._median_ms[key]


def _difference(whole_ms: float | None, rest_ms: float | None) -> float | None:
    """Return what is left, None where noise leaves nothing."""
    return whole_ms - rest_ms if whole_ms is not None and rest_ms is not None and whole_ms > rest_ms else None


def _median_ms(agent: Agent, load: Load) -> float | None:
    """Return the median response time in milliseconds, None where an answer was wrong or none came."""
    seen: list[float] = []
    for _ in range(_TURNS):
        client = agent.load(load)
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
