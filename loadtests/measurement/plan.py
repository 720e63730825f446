"""Decide before the first round how long each slice lasts, how many rounds there are, and in which order they run."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from loadtests.measurement import budget
from loadtests.measurement.group import Group

# What one run may take from its first second to its report, unless the person gives the rounds.
BUDGET_S = 280.0
REPORT_S = 6.0
# Reading clocks, talking to the agent and pinning, for each slice.
OVERHEAD_S = 0.03
SLICE_IN_RT = 6.0
# Where answers take long, users wait in line and each window holds many of them: shorter ones show as much.
LONG_RT_S = 0.25
LONG_SLICE_IN_RT = 2.5
LONGEST_SLICE_S = 60.0
# A user who is starved may wait for ever; beyond this only the mean counts.
LONGEST_SETTLE_S = 0.1
# A server that serves some connections at the cost of others needs windows in which the others have their turn too.
SLICE_IN_SLOWEST = 2.0
LONGEST_FOR_SLOWEST_S = 2.5
LEAST_TIMEOUT_S = 10.0
_TIMEOUT_IN_RT = 8.0
LEAST_ARRIVALS = 100
LONGEST_FOR_ARRIVALS_S = 5.0


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """One cell's slice: the window opens after `settle_s`, lasts `window_s`, and what is in flight is drained.

    The users start within `spread_s`, the time of the fastest answer: where waiting takes most of it, users that start
    together stay together, and a window would see a whole number of their volleys. The arrivals of an open load are
    drawn from `seed` and the number of the slice: the same for all lanes of a round. Where several workers make the
    load, it goes on for `linger_s` after the window.
    """

    spread_s: float = 0.0
    settle_s: float
    window_s: float
    drain_s: float
    timeout_s: float
    seed: int = 0
    linger_s: float = 0.0

    @property
    def cost_s(self) -> float:
        """What a slice takes off the clock."""
        return self.settle_s + self.window_s + self.linger_s + self.drain_s + OVERHEAD_S

    def with_room(self, apart_s: float) -> "Timing":
        """Return the same slice for workers that begin and end up to `apart_s` apart."""
        return msgspec.structs.replace(self, settle_s=self.settle_s + apart_s, linger_s=apart_s)


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One round of one group: one slice of every cell, by name, in this order."""

    group: Group
    round: int
    names: tuple[str, ...]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What will be measured, fixed before the first round."""

    timings: Mapping[str, Mapping[str, Timing]]
    rounds: Mapping[str, int]
    turns: tuple[Turn, ...]
    expected_s: float

    def parts(self) -> dict[str, Counter[str]]:
        """Return in how many rounds of its group each cell takes part."""
        found: dict[str, Counter[str]] = {}
        for turn in self.turns:
            found.setdefault(str(turn.group), Counter()).update(turn.names)
        return found

    def timing(self, group: Group, name: str) -> Timing:
        """Return the timing of one cell."""
        return self.timings[str(group)][name]


def timing(
    rt_s: float, seconds: float, *, fastest_s: float = 0.0, slowest_s: float = 0.0, rate: float | None = None
) -> Timing:
    """Return the slice of a cell whose mean response time is `rt_s`: at least `seconds`, and six response times.

    Beyond a quarter of a second it stays as it is until it is two and a half, and grows with them from there on.

    A cell whose slowest answer while warming up took far longer than the mean gets a longer slice, up to 2.5 s.
    The window opens when the last user has started and the slowest answer seen while warming up would have come:
    until then the queues are still filling. An open load gets a window with a hundred arrivals, in 5 s at most.
    """
    rt_s = min(rt_s, LONGEST_SLICE_S / LONG_SLICE_IN_RT)
    if rate is not None:
        seconds = max(seconds, min(LEAST_ARRIVALS / rate, LONGEST_FOR_ARRIVALS_S))
    spread_s = min(fastest_s, rt_s)
    in_rt_s = max(SLICE_IN_RT * min(rt_s, LONG_RT_S), LONG_SLICE_IN_RT * rt_s)
    slice_s = max(seconds, in_rt_s, min(SLICE_IN_SLOWEST * slowest_s, LONGEST_FOR_SLOWEST_S))
    return Timing(
        spread_s=spread_s,
        settle_s=spread_s + max(rt_s, min(slowest_s, LONGEST_SETTLE_S)),
        window_s=slice_s - min(rt_s, slice_s / LONG_SLICE_IN_RT),
        drain_s=rt_s,
        timeout_s=max(LEAST_TIMEOUT_S, _TIMEOUT_IN_RT * rt_s),
    )


def rt_from_warm_up(*, mean_s: float | None, users: int, per_second: float) -> float:
    """Return the response time to plan with: by Little's law when the warm-up was too short to see the steady state.

    Users that start together see a queue that is still filling: their first answers come early.
    """
    by_load = users / per_second if per_second > 0 else LONGEST_SLICE_S / LONG_SLICE_IN_RT
    return max(mean_s or 0.0, by_load)


def turns(rounds: Mapping[Group, int], takes_part: Mapping[Group, Mapping[str, int]], seed: int) -> tuple[Turn, ...]:
    """Spread every group's rounds evenly over the run and shuffle the cells of each round by the seed.

    `takes_part` says in how many of its group's rounds each cell is measured.
    """
    spread = sorted(
        ((number - 0.5) / count, position, number, group)
        for position, (group, count) in enumerate(rounds.items())
        for number in range(1, count + 1)
    )
    found = []
    for _, _, number, group in spread:
        present = _present(takes_part[group], number, rounds[group])
        found.append(Turn(group=group, round=number, names=shuffled(present, seed, group, number)))
    return tuple(found)


def _present(takes_part: Mapping[str, int], number: int, rounds: int) -> list[str]:
    return [name for name, count in takes_part.items() if budget.takes_part(number, count, rounds)]


def shuffled(names: Sequence[str], seed: int, group: Group, number: int) -> tuple[str, ...]:
    """Return the order of cells in one round: the same for the same seed, group and number."""
    order = list(names)
    random.Random(f"{seed}/{group}/{number}").shuffle(order)
    return tuple(order)


def make_plan(timings: Mapping[Group, Mapping[str, Timing]], *, budget_s: float, rounds: int | None, seed: int) -> Plan:
    """Fix rounds and order for cells whose slices are known; a group without cells gets no round.

    Where the rounds are given, every cell takes part in all of them.
    """
    costs = {group: {name: cell.cost_s for name, cell in cells.items()} for group, cells in timings.items() if cells}
    counts = dict.fromkeys(costs, rounds) if rounds else budget.rounds_within(costs, budget_s)
    parts = {
        group: dict.fromkeys(costs[group], count) if rounds else budget.parts(costs[group], count)
        for group, count in counts.items()
    }
    # Far enough apart that two runs share no schedule.
    drawn = seed * (budget.MOST_ROUNDS + 1)
    return Plan(
        timings={
            str(group): {name: msgspec.structs.replace(cell, seed=drawn) for name, cell in cells.items()}
            for group, cells in timings.items()
        },
        rounds={str(group): count for group, count in counts.items()},
        turns=turns(counts, parts, seed),
        expected_s=sum(costs[group][name] * count for group in parts for name, count in parts[group].items()),
    )
