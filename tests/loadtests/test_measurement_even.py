"""What the cores' pace did to figures is held out of them; the truth of a ratio is not."""

import math
from collections.abc import Mapping

import numpy as np
import pytest

from loadtests.measurement.even import LEAST_FREEDOM, Column, Columns, Evened
from loadtests.measurement.even import even as even_busy

pytestmark = pytest.mark.alone

ROUNDS = 12
LANES = {"slow": 0.5, "middle": 1.0, "fast": 2.0}
MACHINE = np.exp(np.random.default_rng(3).normal(0, 0.2, (len(LANES), ROUNDS)))
PACES: dict[str, Column] = {name: (100 * row).tolist() for name, row in zip(LANES, MACHINE, strict=True)}


def figures(slope: float) -> dict[str, list[float | None]]:
    """What lanes of known speed show when the fixed work takes so much longer; nothing else moves them."""
    return {
        name: (1_000 * speed * row**slope).tolist() for (name, speed), row in zip(LANES.items(), MACHINE, strict=True)
    }


def even(values: Columns, paces: Mapping[str, Columns], busy: Mapping[str, float] = {}) -> Evened:
    """Of lanes that keep their cores busy alike, unless it is said otherwise."""
    return even_busy(values, paces, {name: [busy.get(name, 1.0)] * ROUNDS for name in values})


@pytest.mark.parametrize("slope", [-1.0, -0.4, 0.9])
def test_what_the_pace_explains_is_held_out_and_the_ratio_of_lanes_stays(slope: float) -> None:
    found = even(figures(slope), {"servers": PACES})
    assert found.slopes == {"servers": pytest.approx(slope)}
    assert found.before is not None
    assert found.after == pytest.approx(0, abs=1e-9)
    for name, speed in LANES.items():
        ratio, plain = (gap(values, name, speed) for values in (found.values, figures(slope)))
        assert ratio < 0.35 * plain or plain == 0


def gap(values: Columns, name: str, speed: float) -> float:
    """By how much the mean log ratio of a lane and the middle one is off."""
    ratios = [own / other for own, other in zip(values[name], values["middle"], strict=True) if own and other]
    return abs(float(np.mean(np.log(ratios))) - math.log(speed))


def test_what_is_left_to_chance_is_allowed_for() -> None:
    found = even(figures(-1.0), {"servers": PACES})
    assert set(found.allowances) == {(a, b) for a in LANES for b in LANES if a != b}
    for (a, b), error in found.allowances.items():
        assert error > 0
        assert gap(found.values, a, LANES[a]) + gap(found.values, b, LANES[b]) < 6 * error


def test_a_lane_on_whose_cores_the_work_always_takes_longer_keeps_its_mean() -> None:
    cold = PACES | {"fast": [2 * pace for pace in PACES["fast"] if pace]}
    found, own = even(figures(0.0), {"servers": cold}), figures(-1.0)
    assert found.slopes == {}
    moved = even(own, {"servers": cold})
    assert moved.slopes == {"servers": pytest.approx(-1.0)}
    # Half as fast a core would have halved what the lane does; it did not.
    assert gap(moved.values, "fast", LANES["fast"]) < 0.2


def test_what_goes_with_how_busy_the_cores_are_is_not_held_out() -> None:
    busy = {"slow": 0.1, "middle": 0.5, "fast": 0.9}
    cold = {name: [pace * math.exp(-0.5 * busy[name]) for pace in column if pace] for name, column in PACES.items()}
    found = even(figures(-1.0), {"servers": cold}, busy)
    plain = even(figures(-1.0), {"servers": PACES}, busy)
    for name in LANES:
        assert found.values[name] == pytest.approx(plain.values[name])


def test_each_pace_gets_a_slope_of_its_own() -> None:
    others = np.random.default_rng(5).normal(0, 0.1, MACHINE.shape)
    moved = {
        name: [value * math.exp(-0.3 * step) for value, step in zip(column, row, strict=True) if value]
        for (name, column), row in zip(figures(-1.0).items(), others, strict=True)
    }
    paces: dict[str, Column] = {name: np.exp(row).tolist() for name, row in zip(LANES, others, strict=True)}
    found = even(moved, {"servers": PACES, "others": paces})
    assert found.slopes == {"servers": pytest.approx(-1.0), "others": pytest.approx(-0.3)}


def test_a_pace_that_only_repeats_another_one_changes_nothing() -> None:
    once, twice = even(figures(-1.0), {"a": PACES}), even(figures(-1.0), {"a": PACES, "b": PACES})
    assert sum(twice.slopes.values()) == pytest.approx(once.slopes["a"])
    assert twice.values["fast"] == pytest.approx(once.values["fast"], rel=0.01)


def test_figures_that_have_nothing_to_do_with_the_pace_stay_as_they_are() -> None:
    own = np.random.default_rng(9).normal(0, 0.05, MACHINE.shape)
    values: dict[str, Column] = {name: np.exp(row).tolist() for name, row in zip(LANES, own, strict=True)}
    assert even(values, {"servers": PACES}) == Evened(values={name: list(column) for name, column in values.items()})


def test_without_a_pace_figures_stay_as_they_are() -> None:
    nothing: dict[str, Column] = {name: [None] * ROUNDS for name in LANES}
    for paces in ({}, {"servers": nothing}, {"servers": PACES | {"fast": [None] * ROUNDS}}):
        found = even(figures(-1.0), paces)
        assert found == Evened(values=figures(-1.0))


def test_too_few_slices_leave_figures_as_they_are() -> None:
    for rounds in (1, 2, 5, 8):
        freedom = (len(LANES) - 1) * (rounds - 1) - 1
        values = {name: column[:rounds] for name, column in figures(-1.0).items()}
        assert bool(even(values, {"servers": PACES}).slopes) == (freedom >= LEAST_FREEDOM)


def test_a_slice_without_a_figure_or_without_its_pace_counts_for_nothing() -> None:
    values, paces = figures(-1.0), {name: list(column) for name, column in PACES.items()}
    values["fast"][2], paces["slow"][4] = None, None
    found = even(values, {"servers": paces})
    assert (found.values["fast"][2], found.values["slow"][4]) == (None, None)
    assert found.slopes == {"servers": pytest.approx(-1.0, abs=0.02)}
