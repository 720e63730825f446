"""What duets say where the truth is known: a lane is no slower than itself, and a copy that does more work is."""

import time

import pytest

from tests.proofs.dueting import Played, duet
from tests.proofs.slowed import LANE, burning

pytestmark = [pytest.mark.alone, pytest.mark.slow]
SLOWER_BY = 0.5
_STEPS = 200_000


def word(*options: object) -> str:
    """Return the verdict of CPU per request, or why there is none."""
    try:
        return played(*options).verdict().verdict
    except (AssertionError, LookupError) as error:
        return str(error)


def played(*options: object) -> Played:
    return duet(LANE, "--scenario", "hello", "--seconds", "40", *map(str, options))


def step_us() -> float:
    """Return what one step of the copy's work costs here."""
    value, began_ns = 1, time.thread_time_ns()
    for _ in range(_STEPS):
        value = (value * 5 + 1) & 1023
    return (time.thread_time_ns() - began_ns) / 1e3 / _STEPS


def test_a_lane_is_not_told_apart_from_itself() -> None:
    said = [word()]
    if said[-1] not in {"equal", "undecided"}:
        said.append(word("--seed", 2))
    assert said[-1] in {"equal", "undecided"}, said


def test_a_copy_slowed_by_half_is_called_slower() -> None:
    alone_us = min(played("--seconds", "15").cpu_us)
    with burning(round(SLOWER_BY * alone_us / step_us())) as slowed:
        said = [word("--checkout-b", slowed.folder)]
        if said[-1] != "faster":
            said.append(word("--checkout-b", slowed.folder, "--seed", 2))
    # Told of side a, the original.
    assert said[-1] == "faster", said
