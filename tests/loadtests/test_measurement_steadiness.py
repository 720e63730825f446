"""A server that drifts is told from a steady one, for real and under the noise of real slices."""

import asyncio
import json
import math
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from loadtests.agent_client import Agent
from loadtests.measurement.creeping import creeping
from loadtests.measurement.record import Record
from loadtests.measurement.steadiness import FALSE_ALARMS, change, creep
from tests.loadtests.loading import load_of
from tests.loadtests.measured import record
from tests.loadtests.synthetic import RIGHT, Behaviour, Peer, synthetic

pytestmark = pytest.mark.alone

_PAUSE_S = 0.4
# log(last third / first third) of slices of unchanged lanes, each list one lane's under one kind of work, on two cores
# that other programs shared: rougher than what a run should see.

NOISE = json.loads(Path(__file__).with_name("noise_of_thirds.json").read_text())


def growing(per_second: float) -> Behaviour:
    """A server whose answers take 10 ms, `per_second` times as long each second, and 10 ms again after a pause."""
    began = latest = time.monotonic()

    async def answer(_: int, peer: Peer) -> str:
        nonlocal began, latest
        now = time.monotonic()
        began, latest = (now if now - latest > _PAUSE_S / 2 else began), now
        await asyncio.sleep(0.01 * per_second ** (now - began))
        await peer.send(RIGHT)
        return "right"

    return answer


def thirds_of(load_agent: Agent, per_second: float, slices: int) -> list[tuple[int, int, int]]:
    found = []
    with synthetic(growing(per_second)) as server:
        load = load_of(server, users=16, settle_s=0.1, window_s=0.9)
        for _ in range(slices):
            found.append(load_agent.load(load).window_thirds)
            time.sleep(_PAUSE_S)
    return found


def test_a_server_that_is_slower_each_second_is_called_unsteady(load_agent: Agent) -> None:
    found = change(thirds_of(load_agent, 4.0, 6))
    assert found is not None
    assert found < -0.15


def test_a_steady_server_is_not(load_agent: Agent) -> None:
    assert change(thirds_of(load_agent, 1.0, 6)) is None


@pytest.mark.parametrize("slices", [1, 2, 3, 5, 9, 20, 40])
def test_the_noise_of_real_slices_makes_one_cell_in_a_thousand_unsteady_at_most(slices: int) -> None:
    chance = np.random.default_rng(20_261_121)
    alarms, cells = 0, 3_000
    for _ in range(cells):
        # What is as likely before as after has no drift: each value may as well have the other sign.
        lane = NOISE[chance.integers(len(NOISE))]
        logs = chance.choice(lane, slices) * chance.choice([-1, 1], slices)
        alarms += change([(150, 150, round(150 * math.exp(each))) for each in logs]) is not None
    # So many happen by chance, once in a thousand times, where the rate is as stated.
    assert alarms <= 1 + 1e-3 * cells + 3 * (1e-3 * cells) ** 0.5
    assert FALSE_ALARMS <= 1e-3


def test_a_drift_of_a_half_is_found_under_the_noise_of_real_slices() -> None:
    chance = np.random.default_rng(20_261_121)
    found = 0
    for _ in range(200):
        logs = chance.choice(NOISE[chance.integers(len(NOISE))], 20) * chance.choice([-1, 1], 20) + math.log(0.5)
        found += change([(300, 250, round(300 * math.exp(each))) for each in logs]) is not None
    assert found >= 180


def test_few_requests_are_no_drift() -> None:
    assert change([(2, 3, 4)] * 5) is None
    assert change([]) is None
    assert change([(0, 0, 0)] * 5) is None


def test_a_lane_that_gets_slower_from_round_to_round_is_told_from_a_machine_that_does() -> None:
    chance = np.random.default_rng(1)
    machine = [math.exp(-number / 20 + float(chance.normal(0, 0.2))) for number in range(40)]
    lanes = [
        [speed * each * math.exp(float(chance.normal(0, 0.1))) for each in machine] for speed in (900, 400, 700, 200)
    ]
    steady, *others = lanes
    assert creep(steady, others) is None
    leaking = [value * 0.97**number for number, value in enumerate(steady)]
    found = creep(leaking, others)
    assert found is not None
    assert found == pytest.approx(0.97 ** (2 * 40 / 3) - 1, rel=0.2)
    assert creep(leaking, [*others, [None] * 40]) == found
    assert [creep(lane, [leaking, *(each for each in others if each is not lane)]) for lane in others] == [None] * 3


def kindred(chance: np.random.Generator, rounds: int, spread: float) -> list[float]:
    """Noise of heavy tails whose neighbours are alike."""
    found = [float(chance.normal(0, spread))]
    for jump in chance.standard_t(4, rounds - 1) * spread * (0.84 / 2) ** 0.5:
        found.append(0.4 * found[-1] + float(jump))
    return found


@pytest.mark.parametrize(("rounds", "spread"), [(9, 0.35), (20, 0.2), (40, 0.2)])
def test_rounds_that_are_alike_by_chance_are_seldom_taken_for_creep(rounds: int, spread: float) -> None:
    chance = np.random.default_rng(20_261_121)
    alarms = 0
    for _ in range(700):
        own, *others = [[math.exp(each) for each in kindred(chance, rounds, spread)] for _ in range(5)]
        alarms += creep(own, others) is not None
    assert alarms <= 3, "of 700, where one in a thousand is meant"


def test_a_lane_alone_or_with_few_rounds_is_not_said_to_creep() -> None:
    falling = [1000 * 0.9**number for number in range(30)]
    assert all(later < earlier for earlier, later in pairwise(falling))
    assert creep(falling, []) is None
    assert creep(falling, [[100.0] * 30] * 2) is None
    assert creep(falling, [[100.0] * 30] * 3) is not None
    assert creep(falling[:8], [[100.0] * 8] * 3) is None


def test_a_lane_that_creeps_beside_steady_ones_is_not_valid() -> None:
    def rounds(lane: str, shrinks: float) -> list[Record]:
        return [record(number, [1_000] * round(900 * shrinks**number), lane=lane) for number in range(1, 19)]

    steady = [rounds(lane, 1.0) for lane in ("a", "b", "c")]
    (reason,) = creeping(rounds("d", 0.95), steady)
    assert reason.check == "steady"
    assert "18 rounds" in reason.reason
    assert creeping(rounds("d", 1.0), steady) == []
    assert creeping([], steady) == []
