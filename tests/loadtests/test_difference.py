"""What `trilane diff` says of two runs."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from backing.problem import Problem
from loadtests.measurement.budget import takes_part
from loadtests.measurement.comparable import read
from loadtests.measurement.difference import Change, Difference, difference
from loadtests.measurement.verdict import Control
from loadtests.measurement.welch import intervals
from tests.loadtests.past import NOISY, Rounds, about, cell, summary, tailless, written
from tests.loadtests.test_commands import trilane

LANES = ("flask-thread", "fastapi-coroutine")


def rounds(seed: int, level: float = 1.0, *, lanes: Sequence[str] = LANES) -> dict[str, list[float]]:
    """All lanes of one run: the machine's `level` is in both, so is a drift within it."""
    random = np.random.default_rng(seed)
    drift = np.cumsum(random.normal(0, 0.05, 20))
    return {lane: (1000 * level * np.exp(drift + random.normal(0, 0.005, 20))).tolist() for lane in lanes}


def compared(tmp_path: Path, a: Rounds, b: Rounds, reference: str | None = None) -> Difference:
    cells = [cell(lane) for lane in a]
    tmp_path.mkdir(exist_ok=True)
    runs = [read(written(tmp_path / name, summary(cells, found))) for name, found in (("a", a), ("b", b))]
    return difference(runs[0], runs[1], reference)


def of(found: Difference, name: str, metric: str) -> Change:
    (change,) = [each for each in found.changes if (each.name, each.metric) == (name, metric)]
    return change


def test_a_change_is_seen_when_a_lane_that_stayed_the_same_is_named(tmp_path: Path) -> None:
    b = rounds(2, level=0.7)
    b["flask-thread"] = [each * 1.25 for each in b["flask-thread"]]
    found = compared(tmp_path, rounds(1), b, "fastapi-coroutine")
    change = of(found, "flask-thread", "qps")
    assert change.verdict == "faster"
    assert change.ratio == pytest.approx(1.25, rel=0.02)
    assert of(found, "flask-thread", "cpu_us_per_request").verdict == "faster"
    assert {each.name for each in found.changes} == {"flask-thread"}


def test_what_the_machine_did_to_all_is_no_change_beside_the_reference(tmp_path: Path) -> None:
    change = of(compared(tmp_path, rounds(1), rounds(2, level=0.6), "fastapi-coroutine"), "flask-thread", "qps")
    assert change.ratio == pytest.approx(1, rel=0.01)
    # Four servers were started, which differ by a hundredth: that they are equal to within two hundredths stays open.
    assert (change.low or 0) < 1 < (change.high or 0) < 1.05
    assert change.verdict == "undecided"


def test_two_lanes_without_a_reference_decide_nothing(tmp_path: Path) -> None:
    change = of(compared(tmp_path, rounds(1), rounds(2, level=3)), "flask-thread", "qps")
    assert (change.ratio, change.low, change.verdict) == (None, None, "not compared")
    assert change.raw_ratio == 1
    assert change.why is not None
    assert "name a lane that is the same in both with --reference" in change.why
    assert "other lane is valid in both, of 3 at least" in change.why


def test_the_one_lane_of_many_that_changed_is_told_apart(tmp_path: Path) -> None:
    names = ("flask-thread", "flask-process", "django-thread", "fastapi-coroutine", "fastapi-thread")
    b = rounds(2, level=0.7, lanes=names)
    b["django-thread"] = [each / 1.2 for each in b["django-thread"]]
    cells = [cell(lane) for lane in names]
    runs = (rounds(1, lanes=names), b)
    one, two = (read(written(tmp_path / str(at), summary(cells, run))) for at, run in enumerate(runs))
    told = {each.name: each.verdict for each in difference(one, two).changes if each.metric == "qps"}
    assert told.pop("django-thread") == "slower"
    assert set(told.values()) == {"undecided"}


@pytest.mark.parametrize("pairs", [1, 4])
def test_intervals_hold_together_as_often_as_they_say(pairs: int) -> None:
    random = np.random.default_rng(7)
    covered = [
        all(low <= 1 <= high for _, low, high in intervals([(_noise(random), _noise(random)) for _ in range(pairs)]))
        for _ in range(500)
    ]
    assert 0.93 <= np.mean(covered) <= 1


def _noise(random: np.random.Generator, count: int = 16) -> Any:
    """Heavy-tailed noise whose neighbours resemble each other."""
    noise = 0.05 * random.standard_t(4, count + 1)
    return noise[1:] + 0.3 * noise[:-1]


def restless(seed: int, levels: Mapping[str, float]) -> dict[str, list[float | None]]:
    """Twelve rounds between which the machine's speed jumps about, the same for all lanes."""
    random = np.random.default_rng(seed)
    machine = np.exp(random.normal(0, 0.7, 12))
    return {lane: (each * machine * np.exp(random.normal(0, 0.004, 12))).tolist() for lane, each in levels.items()}


def in_four(values: Sequence[float | None]) -> list[float | None]:
    """What is left of twelve rounds to a lane with long slices; nothing follows its last one."""
    return [each if takes_part(at, 4, 12) else None for at, each in enumerate(values, 1)][:11]


def without(values: Sequence[float | None], number: int) -> list[float | None]:
    return [None if at == number else each for at, each in enumerate(values, 1)]


def test_a_lane_that_takes_part_in_four_of_twelve_rounds_is_held_to_the_reference_in_these(tmp_path: Path) -> None:
    a, b = restless(1, {LANES[0]: 10, LANES[1]: 1000}), restless(2, {LANES[0]: 12.5, LANES[1]: 1000})
    for run, void in ((a, 3), (b, 9)):
        run[LANES[0]] = in_four(run[LANES[0]])
        run[LANES[1]] = without(run[LANES[1]], void)
    for metric in ("qps", "cpu_us_per_request"):
        change = of(compared(tmp_path / metric, a, b, LANES[1]), LANES[0], metric)
        assert (change.verdict, change.rounds, change.why) == ("faster", (4, 4), None)
    assert of(compared(tmp_path / "again", a, b, LANES[1]), LANES[0], "qps").ratio == pytest.approx(1.25, rel=0.01)


def test_void_slices_of_different_rounds_pair_no_round_with_another(tmp_path: Path) -> None:
    levels = {LANES[0]: 500.0, LANES[1]: 1000.0}
    a, b = restless(1, levels), restless(2, levels)
    for run in (a, b):
        run[LANES[0]], run[LANES[1]] = without(run[LANES[0]], 2), without(run[LANES[1]], 11)
    change = of(compared(tmp_path, a, b, LANES[1]), LANES[0], "qps")
    assert change.ratio == pytest.approx(1, rel=0.01)
    assert change.rounds == (10, 10)


def test_others_that_take_part_in_few_rounds_move_the_median_of_none(tmp_path: Path) -> None:
    names = ("flask-thread", "flask-process", "django-thread", "fastapi-coroutine", "fastapi-thread")
    levels = dict(zip(names, (10.0, 700.0, 400.0, 3000.0, 1500.0), strict=True))
    a, b = restless(1, levels), restless(2, levels | {"django-thread": 320.0})
    for run in (a, b):
        run["flask-thread"] = in_four(run["flask-thread"])
        run["fastapi-thread"] = without(run["fastapi-thread"], 7)
    found = {each.name: each for each in compared(tmp_path, a, b).changes if each.metric == "qps"}
    assert found["django-thread"].verdict == "slower"
    assert found["django-thread"].ratio == pytest.approx(0.8, rel=0.01)
    # In round 7 three are measured: none of them has three others.
    assert {name: each.rounds for name, each in found.items()} == {
        "flask-thread": (4, 4), "flask-process": (11, 11), "django-thread": (11, 11), "fastapi-coroutine": (11, 11),
        "fastapi-thread": (11, 11),
    }  # fmt: skip
    for name in set(names) - {"django-thread"}:
        assert found[name].ratio == pytest.approx(1, rel=0.01)


def test_rounds_with_fewer_than_three_others_do_not_count(tmp_path: Path) -> None:
    names = ("flask-thread", "flask-process", "django-thread", "fastapi-coroutine")
    a, b = (restless(seed, dict.fromkeys(names, 100.0)) for seed in (1, 2))
    b["flask-process"] = in_four(without(b["flask-process"], 5))
    change = of(compared(tmp_path, a, b), "flask-thread", "qps")
    assert (change.rounds, change.verdict) == ((12, 3), "not compared")
    assert change.why == "fewer than 4 rounds hold all lanes that it needs"


def test_lanes_that_may_differ_by_more_than_a_tenth_are_not_equal_however_coarse_the_runs(tmp_path: Path) -> None:
    levels = {LANES[0]: 500.0, LANES[1]: 1000.0}
    coarse = Control(
        lane=LANES[0], scenario="hello", users=64, metric="qps", ratio=1.0, low=0.7, high=1.4, half_width=0.4,
        agrees=True, rounds=12,
    )  # fmt: skip
    told = {}
    for factor in (1.05, 1.2, 2.0):
        runs = []
        for at, each in enumerate((levels, levels | {LANES[0]: 500.0 * factor})):
            found = summary([cell(lane) for lane in LANES], restless(at, each))
            found = msgspec.structs.replace(found, controls=[coarse])
            runs.append(read(written(tmp_path / f"{factor}-{at}", found)))
        told[factor] = of(difference(runs[0], runs[1], LANES[1]), LANES[0], "qps").verdict
    assert told == {1.05: "equal", 1.2: "undecided", 2.0: "faster"}


def test_a_cell_that_is_not_valid_is_left_open_with_the_reason(tmp_path: Path) -> None:
    a = read(written(tmp_path / "a", summary([cell()])))
    b = read(written(tmp_path / "b", summary([cell(valid=False, reasons=[NOISY], qps=9e9)])))
    change = of(difference(a, b), "flask-thread", "qps")
    assert (change.verdict, change.raw_ratio, change.ratio) == ("not compared", None, None)
    assert change.why == "flask-thread is not valid in B: the load drifted by 30 %"


TAILLESS = "fewer than 100 requests in 2 of 20 rounds of B, too few for a p99"


def without_p99(tmp_path: Path, lane: str, reference: str | None, lanes: Sequence[str] = LANES) -> Difference:
    """Two runs, in the second of which a lane has no p99 in its two slowest rounds."""
    cells = [cell(each) for each in lanes]
    b = tailless(summary(cells, rounds(2, lanes=lanes)), lane, 3, 8)
    tmp_path.mkdir(exist_ok=True)
    runs = [written(tmp_path / "a", summary(cells, rounds(1, lanes=lanes))), written(tmp_path / "b", b)]
    return difference(read(runs[0]), read(runs[1]), reference)


@pytest.mark.parametrize("lane", LANES)
def test_rounds_too_slow_for_a_p99_keep_it_from_a_verdict(tmp_path: Path, lane: str) -> None:
    found = without_p99(tmp_path, lane, LANES[1])
    tail = of(found, LANES[0], "p99_ms")
    assert (tail.ratio, tail.low, tail.verdict, tail.raw_ratio) == (None, None, "not compared", 1)
    assert tail.why is not None
    assert f"{lane} answered {TAILLESS}" in tail.why
    assert of(found, LANES[0], "qps").why is None


def test_a_lane_without_a_p99_in_some_rounds_does_not_stand_for_the_machine(tmp_path: Path) -> None:
    names = ("flask-thread", "flask-process", "django-thread", "fastapi-coroutine", "fastapi-thread")
    found = without_p99(tmp_path, "flask-thread", None, names)
    assert {each.name for each in found.changes if each.why} == {"flask-thread"}
    few = without_p99(tmp_path / "few", "flask-thread", None, names[:4])
    why = of(few, "django-thread", "p99_ms").why
    assert why is not None
    assert "2 other lanes are valid in both, with a p99 in every round, of 3 at least" in why
    assert of(few, "django-thread", "qps").why is None


def test_a_round_in_which_a_lane_took_no_part_lacks_no_p99(tmp_path: Path) -> None:
    a, b = (restless(seed, {LANES[0]: 10, LANES[1]: 1000}) for seed in (1, 2))
    for run in (a, b):
        run[LANES[0]] = in_four(run[LANES[0]])
    change = of(compared(tmp_path, a, b, LANES[1]), LANES[0], "p99_ms")
    assert (change.why, change.rounds) == (None, (4, 4))


def test_three_rounds_decide_nothing(tmp_path: Path) -> None:
    a, b = ({lane: [level, level, level] for lane in LANES} for level in (100.0, 900.0))
    change = of(compared(tmp_path, a, b, "fastapi-coroutine"), "flask-thread", "qps")
    assert (change.low, change.high, change.verdict) == (None, None, "not compared")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"machine": {"machine": {"cpu": "CPU 7", "system": "Linux x86_64"}}}, "the CPU is CPU 9000 in"),
        ({"cores": {"servers": [2, 3], "others": [0]}}, "the number of cores is 2 in"),
        ({"cores": {"servers": [0, 1], "others": [0, 1]}}, "the number of the servers' cores is 1 in"),
        ({"schema_version": 99}, "schema version 2, 99"),
        ({"command": ["trilane", "duet", "flask-thread"]}, "the instrument is rounds in"),
    ],
)
def test_runs_of_unlike_machines_or_kinds_are_refused(tmp_path: Path, changed: dict[str, Any], told: str) -> None:
    written(tmp_path / "a", summary([cell()]))
    written(tmp_path / "b", summary([cell()]), about(**changed))
    with pytest.raises(Problem) as refused:
        difference(read(tmp_path / "a"), read(tmp_path / "b"))
    assert told in str(refused.value)
    assert refused.value.exit_code == 2


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"name": "flask-process", "lane": "flask-process"}, "they have no lanes in common"),
        ({"scenario": "wait"}, "they have no scenarios in common"),
        ({"users": 8}, "under the same load (hello, 64 users; hello, 8 users)"),
        ({"params": {"ms": 5}}, "hello (ms=5), 64 users"),
        ({"rate": 100.0}, "64 users at 100/s"),
    ],
)
def test_runs_with_nothing_in_common_are_refused(tmp_path: Path, changed: dict[str, Any], told: str) -> None:
    a = read(written(tmp_path / "a", summary([cell()])))
    b = read(written(tmp_path / "b", summary([msgspec.structs.replace(cell(), **changed)])))
    with pytest.raises(Problem) as refused:
        difference(a, b)
    assert told in str(refused.value)


def test_what_may_differ_is_told(tmp_path: Path) -> None:
    a = read(written(tmp_path / "a", summary([cell()], partial=True)))
    run = about(stack_versions={"Flask": "2.3.3"}, wish={"seed": 2, "stack": "vintage", "seconds": 0.5})
    b = read(written(tmp_path / "b", summary([cell(), cell("flask-process")]), run))
    found = difference(a, b)
    told = "\n".join(found.notes)
    assert "a is partial" in told
    assert "versions differ: Flask 3.1.3 → 2.3.3" in told
    assert "the stack is current in" in told
    assert found.only_in_b == ["flask-process/hello/64"]


def test_variables_that_were_set_by_hand_are_told_where_they_differ(tmp_path: Path) -> None:
    both = {"TRILANE_DEBUG": "1"}
    few, many = {"TRILANE_POOL_SIZE": "4"} | both, {"TRILANE_POOL_SIZE": "8"} | both
    runs = [
        read(written(tmp_path / str(at), summary([cell()]), about(environment=each)))
        for at, each in enumerate((few, many, {}))
    ]
    told = "\n".join(difference(runs[0], runs[1]).notes)
    assert f"TRILANE_POOL_SIZE is 4 in {runs[0].folder} and 8 in {runs[1].folder}" in told
    assert "TRILANE_DEBUG" not in told
    assert f"TRILANE_DEBUG is 1 in {runs[0].folder} and not set in" in "\n".join(difference(runs[0], runs[2]).notes)
    assert difference(runs[2], read(written(tmp_path / "old", summary([cell()])))).notes == []


def test_a_reference_that_is_not_in_both_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="choose one of flask-thread, fastapi-coroutine"):
        compared(tmp_path, rounds(1), rounds(2), "django-thread")


def test_the_command_prints_a_table_or_json(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 2)):
        written(tmp_path / name, summary([cell(lane) for lane in LANES], rounds(seed)))
    folders = (str(tmp_path / "a"), str(tmp_path / "b"))
    told = trilane("diff", *folders, "--reference", "fastapi-coroutine")
    assert told.returncode == 0
    assert "hello, 64 users" in told.stdout
    assert "[" in told.stdout
    found = json.loads(trilane("diff", *folders, "--json").stdout)
    assert {each["metric"] for each in found["changes"]} == {"qps", "cpu_us_per_request", "p99_ms"}


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    told = trilane("diff", str(tmp_path), str(tmp_path))
    assert told.returncode == 2
    assert "run.json cannot be read" in told.stderr


def test_a_run_is_not_compared_with_itself(tmp_path: Path) -> None:
    a = read(written(tmp_path / "a", summary([cell()])))
    with pytest.raises(Problem, match="are one run"):
        difference(a, read(tmp_path / ".." / tmp_path.name / "a"))


def test_a_run_in_which_nothing_was_measured_is_refused(tmp_path: Path) -> None:
    a = read(written(tmp_path / "a", summary([cell()])))
    b = read(written(tmp_path / "b", summary([msgspec.structs.replace(cell(), qps=None)])))
    with pytest.raises(Problem, match="nothing was measured in it"):
        difference(a, b)
