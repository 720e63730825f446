"""p99 over blocks of rounds: one slice may hold too few requests to show it.

A slice of 120 requests has one above its p99, and leaving out those that have fewer than 100 would leave out the slow
rounds. So neighbouring rounds are pooled until each block holds enough, in the same blocks for all lanes of a group.
"""

import functools
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from loadtests.measurement import histogram
from loadtests.measurement.statistics import LEAST_ROUNDS
from loadtests.messages import Slice

# So many that a block's p99 has three values above it.
LEAST_REQUESTS = 300

Rounds = Sequence[Slice | None]
Blocks = Sequence[Sequence[int]]


class Tails(msgspec.Struct, frozen=True, kw_only=True):
    """Each lane's p99 in milliseconds per block, and the lanes that answered too few requests for three blocks.

    `rounds_per_block` is a mean: blocks may differ by one round.
    """

    per_block: dict[str, list[float | None]]
    too_few: list[str]
    rounds_per_block: float


def tails(lanes: Mapping[str, Rounds]) -> Tails:
    """Pool the rounds of a group's lanes in as many blocks as their requests allow.

    None stands where a lane's slice counts for nothing.
    """
    seen = [number for number, clients in enumerate(zip(*lanes.values(), strict=True)) if any(clients)]
    enough = {lane: rounds for lane, rounds in lanes.items() if _fills(rounds, _split(seen, LEAST_ROUNDS))}
    count = len(seen)
    while count > LEAST_ROUNDS and not all(_fills(rounds, _split(seen, count)) for rounds in enough.values()):
        count -= 1
    blocks = _split(seen, count)
    return Tails(
        per_block={lane: [_p99_ms(rounds, block) for block in blocks] for lane, rounds in enough.items()},
        too_few=[lane for lane in lanes if lane not in enough],
        rounds_per_block=len(seen) / max(1, count),
    )


def _split(numbers: Sequence[int], count: int) -> Blocks:
    """Return neighbouring rounds in `count` blocks whose sizes differ by one at most."""
    return [block.tolist() for block in np.array_split(np.array(numbers, dtype=int), max(1, count))]


def _fills(rounds: Rounds, blocks: Blocks) -> bool:
    """Tell whether three blocks or more hold enough requests, and the others none at all."""
    sizes = [sum(_right(rounds[number]) for number in block) for block in blocks]
    return sum(size >= LEAST_REQUESTS for size in sizes) >= LEAST_ROUNDS and all(
        size == 0 or size >= LEAST_REQUESTS for size in sizes
    )


def _right(client: Slice | None) -> int:
    return 0 if client is None else histogram.counted(client.latencies)


def _p99_ms(rounds: Rounds, block: Sequence[int]) -> float | None:
    return _p99_of(tuple(client.latencies for number in block if (client := rounds[number]) is not None))


@functools.cache
def _p99_of(latencies: tuple[str, ...]) -> float | None:
    """Merge and read a block; kept, since it is asked for again after every round."""
    micros = histogram.percentile_us(histogram.merged(latencies), 99)
    return None if micros is None else micros / 1e3
