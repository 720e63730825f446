"""How long an experiment takes, from its plan and from what requests cost on a core of ordinary speed.

A run measures what its requests take before it plans, so these figures decide only which cells are left out because
their slices would be too long, and what is told before anything is measured.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec

from loadtests.measurement.budget import LEAST_ROUNDS, group_s, parts, rounds_within
from loadtests.measurement.plan import OVERHEAD_S, REPORT_S, timing
from loadtests.measurement.subject import ServerKey, Subject
from loadtests.scenarios import SCENARIOS
from loadtests.servers import LANES
from loadtests.servers.lanes import THREADS

if TYPE_CHECKING:
    from loadtests.measurement.group import Group

# CPU time of one request on a core of 2.5 GHz, in milliseconds: of the framework with its server, and of the work.
_FLOOR_MS = {"flask": 1.0, "fastapi": 0.5, "django": 2.0}
_CPU_MS = {"cpu_python": 0.00025, "cpu_native": 0.0003, "signals": 0.005, "upstream": 0.7}
_COUNTED = {"cpu_python": "rounds", "cpu_native": "rounds", "signals": "receivers", "upstream": "calls"}
_READ_MS = 1.5
# Of two statements, and of how long one of many waits for its turn at the same row.
_WRITE_MS = 2.5
_TURN_MS = {"none": 1.0, "optimistic": 6.0, "pessimistic": 3.0, "distributed": 6.0}
# Of two reads, a session, a template and a count in Valkey.
_PAGE_MS = 4.0
# A connection of its own makes PostgreSQL start a process, on the core of generator and database.
_CONNECT_MS = 6.0
_ONE_AFTER_ANOTHER = ("shared", "locked")
# Looking at the machine, services, agent, calibration; then each server, and each cell's probe and warm-up.
_START_S, _SERVER_S, _CELL_S = 8.0, 1.2, 1.2


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan takes: at least `least_s`, because no group gets fewer than three rounds; as a rule `expected_s`.

    `load_share` is the share of `expected_s` in which a lane is loaded for a slice of the rounds, settling and draining
    included.
    """

    servers: int
    cells: int
    rounds: dict[str, int]
    least_s: float
    expected_s: float
    load_share: float


def cost(subjects: Iterable[Subject], *, seconds: float, budget_s: float) -> Cost:
    """Add up the slices of all cells."""
    cells = list(subjects)
    keys: set[ServerKey] = {subject.key for subject in cells}
    before_s = _START_S + _SERVER_S * len(keys) + sum(_CELL_S + response_s(subject) for subject in cells)
    groups: dict[Group, dict[str, float]] = {}
    for subject in cells:
        groups.setdefault(subject.group, {})[subject.name] = slice_s(subject, seconds)
    rounds = rounds_within(groups, budget_s - before_s - REPORT_S)
    expected_s = before_s + sum(group_s(groups[group], count) for group, count in rounds.items()) + REPORT_S
    return Cost(
        servers=len(keys),
        cells=len(cells),
        rounds={str(group): count for group, count in rounds.items()},
        least_s=before_s + sum(group_s(each, LEAST_ROUNDS) for each in groups.values()) + REPORT_S,
        expected_s=expected_s,
        load_share=sum(_loaded_s(groups[group], count) for group, count in rounds.items()) / expected_s,
    )


def _loaded_s(costs_s: Mapping[str, float], rounds: int) -> float:
    """Return for how long a group's rounds load a lane: what its slices take, without what lies between them."""
    return sum((costs_s[name] - OVERHEAD_S) * count for name, count in parts(costs_s, rounds).items())


def slice_s(subject: Subject, seconds: float) -> float:
    """Return what one slice of a cell takes off the clock."""
    alone_s = (cpu_ms(subject) + held_ms(subject)) / 1e3
    return timing(response_s(subject), seconds, fastest_s=alone_s, rate=subject.group.rate).cost_s


def response_s(subject: Subject) -> float:
    """Return the response time that a cell's users will see: the time of one request, or the queue's."""
    alone_ms = cpu_ms(subject) + held_ms(subject)
    if subject.group.rate is not None:
        return alone_ms / 1e3
    return max(alone_ms, subject.group.users * _between_ms(subject)) / 1e3


def cpu_ms(subject: Subject) -> float:
    """Return the server's CPU time of one request."""
    endpoint, params = SCENARIOS[subject.group.scenario].endpoint, subject.all_params
    work_ms = _CPU_MS.get(endpoint, 0.0) * int(params.get(_COUNTED.get(endpoint, ""), 0))
    if SCENARIOS[subject.group.scenario].writes:
        work_ms += _WRITE_MS
    if endpoint == "page":
        work_ms += _PAGE_MS
    return _FLOOR_MS[LANES[subject.lane].app] + work_ms + (_READ_MS if "access" in params else 0.0)


def held_ms(subject: Subject) -> float:
    """Return how long a request waits without using the CPU."""
    held = float(subject.all_params.get("ms", 0)) + float(subject.all_params.get("hold_ms", 0))
    in_a_row = SCENARIOS[subject.group.scenario].endpoint == "upstream" and LANES[subject.lane].styles[0] == "sync"
    return held * int(subject.all_params["calls"]) if in_a_row else held


def _between_ms(subject: Subject) -> float:
    """Return the time between two answers at most: of the cores, the threads, or the database."""
    alone_ms = cpu_ms(subject) + held_ms(subject)
    slots = _slots(subject)
    database_ms = _reached_ms(subject)
    database_ms += _TURN_MS.get(str(subject.all_params.get("lock", "")), 0.0)
    return max(cpu_ms(subject) / _usable(subject), alone_ms / slots if slots else 0.0, database_ms)


def _reached_ms(subject: Subject) -> float:
    """Return the time between two answers at most of how the database is reached."""
    access = str(subject.all_params.get("access", ""))
    if access in _ONE_AFTER_ANOTHER:
        return _READ_MS
    # A coroutine has a task for each request, and so a connection.
    return _CONNECT_MS if access == "per-request" or (access == "per-thread" and subject.style == "async") else 0.0


def _usable(subject: Subject) -> int:
    """Return how many cores it can compute on: one for each process, since threads take turns at Python."""
    return min(len(subject.cores), subject.workers)


def _slots(subject: Subject) -> int | None:
    """Return how many requests its servers work on at a time, None where there is no limit."""
    lane = LANES[subject.lane]
    if lane.model == "process":
        return None if "async" in lane.styles else subject.workers
    return (subject.threads or THREADS) * subject.workers if lane.threads > 1 else None
