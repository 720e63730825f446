"""How many rounds fit into the time, where cells with long slices take part in only some of them.

A lane that answers a hundred times as slowly as the others needs slices ten times as long. In every round it would take
most of the time, and it hardly varies: so it takes part in as many rounds as it may have time for, four at least.
"""

import math
import statistics
from collections.abc import Mapping

from loadtests.measurement.group import Group

LEAST_ROUNDS = 3
# Every kind of work has so many before any has more: a round may be lost to others, and three are needed.
WISHED_ROUNDS = 5
MOST_ROUNDS = 1_000
# No cell takes more than so many times the time of its group's middle one, unless it would have too few rounds.
MOST_SHARES = 2.0
LEAST_PARTS = 4

# What one slice of each cell takes, by the cell's name.
Costs = Mapping[str, float]


def parts(costs_s: Costs, rounds: int) -> dict[str, int]:
    """Return in how many of the rounds each cell takes part."""
    middle_s = statistics.median(costs_s.values())
    return {
        name: min(rounds, max(LEAST_PARTS, math.ceil(rounds * min(1.0, MOST_SHARES * middle_s / cost_s))))
        for name, cost_s in costs_s.items()
    }


def group_s(costs_s: Costs, rounds: int) -> float:
    """Return what a group's rounds take."""
    return sum(costs_s[name] * count for name, count in parts(costs_s, rounds).items())


def takes_part(number: int, count: int, rounds: int) -> bool:
    """Tell whether a cell that takes part in `count` of `rounds` rounds does so in this one: evenly spread."""
    return number in {int((place + 0.5) * rounds / count) + 1 for place in range(count)}


def rounds_within(costs_s: Mapping[Group, Costs], budget_s: float) -> dict[Group, int]:
    """Share `budget_s` out: again and again one more round to the group that has had the least time and still fits.

    Those with fewer than `WISHED_ROUNDS` come first. So groups get equal time, not equally many rounds: one slow kind
    of work does not take the others' precision.
    Every group gets at least `LEAST_ROUNDS`, even where that is more than the budget.
    """
    rounds = dict.fromkeys(costs_s, LEAST_ROUNDS)
    taken_s = {group: group_s(costs_s[group], LEAST_ROUNDS) for group in costs_s}
    while True:
        more_s = {group: group_s(costs_s[group], count + 1) for group, count in rounds.items() if count < MOST_ROUNDS}
        left_s = budget_s - sum(taken_s.values())
        fitting = [group for group, cost_s in more_s.items() if cost_s - taken_s[group] <= left_s]
        if not fitting:
            return rounds
        chosen = min(fitting, key=lambda group: (rounds[group] >= WISHED_ROUNDS, taken_s[group]))
        rounds[chosen] += 1
        taken_s[chosen] = more_s[chosen]
