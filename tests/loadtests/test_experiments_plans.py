"""The plans of the experiments: what they name exists, what they leave out has a reason, and they keep their time."""

import itertools
import json
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from backing.problem import Problem
from loadtests.experiments.cost import cost
from loadtests.experiments.experiment import FULL, PRESETS, QUICK, Experiment
from loadtests.experiments.planning import plan
from loadtests.experiments.table import EXPERIMENTS, find, preset, sentences
from loadtests.measurement import factors
from loadtests.measurement.conclude import Ledger, conclude
from loadtests.measurement.cores import Cores
from loadtests.measurement.subject import subjects
from loadtests.measurement.wish import wish
from loadtests.program import app
from loadtests.scenarios import SCENARIOS
from loadtests.servers import LANES

TWO = Cores(servers=frozenset({1}), others=frozenset({0}))
ONE = Cores(servers=frozenset({0}), others=frozenset({0}))
ALL = [pytest.param(each, id=each.name) for each in EXPERIMENTS.values()]
BOTH = [
    pytest.param(each, name, id=f"{each.name} {name}")
    for each, name in itertools.product(EXPERIMENTS.values(), PRESETS)
]


def trilane(*words: str | Path) -> Result:
    """Run a command in this process: it starts nothing."""
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.mark.parametrize(("experiment", "name"), BOTH)
def test_what_a_plan_names_exists_and_every_cell_can_be_built(experiment: Experiment, name: str) -> None:
    planned = plan(experiment, experiment.presets[name], TWO).wish
    assert set(planned.lanes) <= set(LANES)
    assert set(planned.scenarios) <= set(SCENARIOS)
    for scenario, variant in itertools.product(planned.scenarios, planned.variants):
        for factor, value in variant.items():
            assert factors.check(factor, value, scenario) == value
    cells = [each for each in subjects(planned, TWO) if not each.control]
    assert len({(each.group, each.name) for each in cells}) == len(cells)
    assert {each.lane for each in cells} == set(planned.lanes)


@pytest.mark.parametrize("experiment", ALL)
def test_a_quick_plan_ends_within_five_minutes_on_two_cores(experiment: Experiment) -> None:
    expected = plan(experiment, experiment.presets[QUICK], TWO).cost
    assert expected.least_s <= expected.expected_s <= 300
    assert min(expected.rounds.values()) >= 3


@pytest.mark.parametrize("experiment", ALL)
def test_a_full_plan_is_longer_and_says_how_long(experiment: Experiment) -> None:
    quick, full = (plan(experiment, experiment.presets[name], TWO).cost for name in (QUICK, FULL))
    assert full.expected_s > quick.expected_s
    assert full.expected_s <= max(experiment.presets[FULL].budget_s, full.least_s)


def test_four_fifths_of_every_full_run_are_load() -> None:
    asked = wish(preset=FULL)
    compared = cost(subjects(asked, TWO), seconds=asked.seconds, budget_s=asked.budget_s)
    experiments = [plan(each, each.presets[FULL], TWO).cost for each in EXPERIMENTS.values()]
    assert all(0.8 <= found.load_share < 1.0 for found in (compared, *experiments))


@pytest.mark.parametrize(("experiment", "name"), BOTH)
def test_every_cell_is_either_measured_or_left_out_with_a_reason(experiment: Experiment, name: str) -> None:
    planned = plan(experiment, experiment.presets[name], TWO).wish
    complete = msgspec.structs.replace(planned, left_out=())
    left_out = len(subjects(complete, TWO)) - len(subjects(planned, TWO))
    assert bool(left_out) == bool(planned.left_out)
    for each in planned.left_out:
        assert any(each.why in note and each.what in note for note in planned.notes)


def test_a_wait_that_blocks_is_left_out_where_it_is_no_mistake() -> None:
    planned = plan(EXPERIMENTS["neighbour"], EXPERIMENTS["neighbour"].presets[FULL], TWO).wish
    blocking = {each.lane for each in subjects(planned, TWO) if each.beside == "blocking"}
    assert blocking == {
        "flask-greenlet", "flask-async-view", "fastapi-coroutine", "fastapi-process", "django-greenlet",
        "django-coroutine",
    }  # fmt: skip


def test_the_vintage_stack_is_not_asked_for_what_it_cannot_do() -> None:
    signals = EXPERIMENTS["signals"]
    planned = plan(signals, signals.presets[QUICK], TWO, stack="vintage").wish
    assert "django-coroutine" not in {each.lane for each in subjects(planned, TWO)}
    assert any("Django 3.2 has no Signal.asend" in note for note in planned.notes)


def test_a_machine_with_one_core_says_that_it_has_no_second() -> None:
    planned = plan(EXPERIMENTS["cpu"], EXPERIMENTS["cpu"].presets[QUICK], ONE).wish
    assert {len(each.cores) for each in subjects(planned, ONE)} == {1}
    assert any("cores=2" in note and "this machine has 1 core to give" in note for note in planned.notes)
    assert any("interpreter lock switched off" in note for note in planned.notes)


def test_users_that_are_asked_for_are_measured_however_long_they_take() -> None:
    wait = EXPERIMENTS["wait"]
    by_preset = plan(wait, wait.presets[QUICK], TWO).wish
    assert any(each.lane == "flask-process" and 512 in each.users for each in by_preset.left_out)
    asked = plan(wait, wait.presets[QUICK], TWO, lanes=["flask-process"], users=[512])
    assert [each.name for each in subjects(asked.wish, TWO) if not each.control] == ["flask-process"]
    assert asked.wish.left_out == ()
    assert asked.cost.expected_s == asked.cost.least_s > 150


def test_more_users_than_a_lane_has_places_for_cost_more_time() -> None:
    wait = EXPERIMENTS["wait"]
    few, many = (plan(wait, wait.presets[QUICK], TWO, lanes=["flask-thread"], users=[n]) for n in (32, 512))
    least = [cost(subjects(each.wish, TWO), seconds=0.5, budget_s=0).least_s for each in (few, many)]
    assert least[1] > least[0] + 10


@pytest.mark.parametrize("experiment", ALL)
def test_before_anything_is_measured_every_experiment_claims_nothing(experiment: Experiment) -> None:
    planned = plan(experiment, experiment.presets[QUICK], TWO).wish
    nothing = conclude(Ledger(subjects(planned, TWO)), ceilings={}, rounds={}, partial=True, warnings=())
    for sentence in sentences(experiment.name, nothing.summary):
        assert "not compared" in sentence or "nothing can be said" in sentence


def test_the_list_gives_questions_factors_and_times() -> None:
    rows = {row["name"]: row for row in json.loads(trilane("experiments", "--json").stdout)}
    assert list(rows) == [*EXPERIMENTS, "isolation"]
    assert [*EXPERIMENTS][:7] == ["floor", "wait", "cpu", "pool", "signals", "context", "neighbour"]
    assert rows["isolation"]["factors"]["anomaly"][-3:] == [
        "phantom (plain reads)",
        "phantom (locking read)",
        "lost update",
    ]
    assert rows["signals"]["factors"] == {"receivers": ["0", "1", "10", "100"]}
    assert rows["wait"]["presets"]["quick"]["users"] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
    assert rows["pool"]["presets"]["full"]["users"][-1] == 5_000
    assert len(rows["floor"]["presets"]["quick"]["lanes"]) == len(LANES)
    shown = trilane("experiments").stdout
    assert all(row["question"] in shown for row in rows.values())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("dance",), "dance: there is no such experiment; use one of floor, wait, cpu"),
        (("wait", "--preset", "long"), "--preset long: there is no such preset; use one of quick, full"),
        (("wait", "--lane", "flask-yarn"), "--lane flask-yarn: there is no such name"),
        (("wait", "--users", "0"), "--users 0"),
        (("wait", "--fail-on", "flask-thread"), "--fail-on 'flask-thread': write LANE"),
        (("wait", "--resume", "there", "--seed", "2"), "--resume goes on with a run as it was planned"),
        (("wait", "--resume", "there", "--users", "4"), "--resume goes on with a run as it was planned"),
    ],
)
def test_a_mistake_gets_a_clear_line_and_exit_code_2(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = trilane("run", *words, *(() if "--resume" in words else ("--out", tmp_path / "run")))
    assert isinstance(done.exception, Problem)
    assert done.exception.exit_code == 2
    assert said in str(done.exception)
    assert not (tmp_path / "run").exists()


def test_a_name_that_is_no_experiment_or_preset_is_refused() -> None:
    with pytest.raises(Problem, match="no such experiment"):
        find("compare")
    with pytest.raises(Problem, match="no such preset"):
        preset(EXPERIMENTS["floor"], "slow")
