import itertools

import pytest

from backing.problem import Problem
from loadtests.measurement.budget import LEAST_ROUNDS, MOST_ROUNDS, group_s, parts, rounds_within, takes_part
from loadtests.measurement.cores import share_out
from loadtests.measurement.group import Group
from loadtests.measurement.plan import make_plan, rt_from_warm_up, shuffled, timing, turns
from loadtests.measurement.subject import subjects
from loadtests.measurement.wish import FILES_BESIDE, all_kept, files_needed, require_files, wish
from loadtests.scenarios import SCENARIOS
from loadtests.servers import LANES as ALL_LANES

HELLO = Group(scenario="hello", users=64)
WAIT = Group(scenario="wait", users=64)
LANES = ("flask-thread", "flask-process", "django-thread")


def test_a_slice_lasts_half_a_second_and_its_window_opens_after_one_response_time() -> None:
    cell = timing(0.05, 0.5)
    assert (cell.settle_s, cell.window_s) == (0.05, 0.45)


def test_a_slow_cell_is_given_six_response_times() -> None:
    cell = timing(0.2, 0.5)
    assert cell.settle_s == pytest.approx(0.2)
    assert cell.settle_s + cell.window_s == pytest.approx(1.2)


def test_a_cell_in_which_users_wait_in_line_is_given_two_and_a_half() -> None:
    cell = timing(1.6, 0.5)
    assert cell.settle_s == pytest.approx(1.6)
    assert cell.settle_s + cell.window_s == pytest.approx(4.0)
    assert timing(0.3, 0.5).window_s > timing(0.25, 0.5).window_s - 0.06


def test_a_cell_that_hardly_answers_is_not_given_for_ever() -> None:
    assert timing(1_000, 0.5).cost_s < 100


def test_a_warm_up_that_was_too_short_to_see_the_queue_is_corrected_by_its_rate() -> None:
    assert rt_from_warm_up(mean_s=0.3, users=64, per_second=40) == pytest.approx(1.6)
    assert rt_from_warm_up(mean_s=0.05, users=64, per_second=1_280) == pytest.approx(0.05)


def test_a_warm_up_without_an_answer_leads_to_the_longest_slice_not_to_an_error() -> None:
    assert timing(rt_from_warm_up(mean_s=None, users=64, per_second=0), 0.5).cost_s > 10


def test_a_cell_with_answers_far_slower_than_its_mean_is_watched_for_longer() -> None:
    assert timing(0.02, 0.5, slowest_s=0.1).window_s == timing(0.02, 0.5).window_s
    assert timing(0.02, 0.5, slowest_s=0.6).window_s == pytest.approx(1.2 - 0.02)
    assert timing(0.02, 0.5, slowest_s=30.0).window_s == pytest.approx(2.5 - 0.02)


def test_rounds_fit_the_budget_and_the_cheap_group_gets_what_is_left() -> None:
    costs = {HELLO: dict.fromkeys(LANES, 2.0), WAIT: dict.fromkeys(LANES, 8.0)}
    rounds = rounds_within(costs, 250)
    taken_s = sum(group_s(costs[group], count) for group, count in rounds.items())
    assert taken_s <= 250
    assert rounds[HELLO] > rounds[WAIT] >= LEAST_ROUNDS
    assert 250 - taken_s < 6


def test_a_cell_with_long_slices_takes_part_in_some_rounds_evenly_spread_and_in_four_at_least() -> None:
    costs = {"slow": 7.0, "a": 0.6, "b": 0.6, "c": 0.7}
    assert parts(costs, 3) == {"slow": 3, "a": 3, "b": 3, "c": 3}
    assert parts(costs, 12) == {"slow": 4, "a": 12, "b": 12, "c": 12}
    assert parts(costs, 60)["slow"] == 12
    assert [number for number in range(1, 13) if takes_part(number, 4, 12)] == [2, 5, 8, 11]
    assert [number for number in range(1, 9) if takes_part(number, 8, 8)] == list(range(1, 9))
    assert group_s(costs, 12) == pytest.approx(4 * 7.0 + 12 * 1.9)


def test_every_group_gets_the_least_rounds_even_beyond_the_budget() -> None:
    assert rounds_within({HELLO: {"a": 10.0}, WAIT: {"a": 100.0}}, 5) == {HELLO: LEAST_ROUNDS, WAIT: LEAST_ROUNDS}


def test_short_rounds_do_not_go_on_for_ever() -> None:
    assert rounds_within({HELLO: {"a": 0.1}}, 240) == {HELLO: MOST_ROUNDS}


def test_each_turn_holds_every_cell_once_and_groups_are_spread_over_the_run() -> None:
    planned = turns({HELLO: 6, WAIT: 3}, {HELLO: dict.fromkeys(LANES, 6), WAIT: dict.fromkeys(LANES, 3)}, seed=1)
    assert all(sorted(turn.names) == sorted(LANES) for turn in planned)
    assert [turn.round for turn in planned if turn.group == HELLO] == [1, 2, 3, 4, 5, 6]
    wait_at = [place for place, turn in enumerate(planned) if turn.group == WAIT]
    assert all(later - earlier == 3 for earlier, later in itertools.pairwise(wait_at))


def test_the_order_of_cells_is_the_seeds_and_changes_from_round_to_round() -> None:
    orders = [shuffled(LANES, 7, HELLO, number) for number in range(20)]
    assert orders == [shuffled(LANES, 7, HELLO, number) for number in range(20)]
    assert len(set(orders)) > 1
    assert orders != [shuffled(LANES, 8, HELLO, number) for number in range(20)]


def test_a_plan_states_what_it_will_take() -> None:
    cells = {lane: timing(0.05, 0.5) for lane in LANES}
    plan = make_plan({HELLO: cells, WAIT: {}}, budget_s=1e9, rounds=4, seed=1)
    assert plan.rounds == {str(HELLO): 4}
    assert plan.expected_s == pytest.approx(4 * 3 * cells[LANES[0]].cost_s)


def test_the_servers_get_the_last_core_and_all_else_the_others() -> None:
    cores = share_out(None, frozenset({0, 1, 2, 3}))
    assert (cores.servers, cores.others, cores.shared) == (frozenset({3}), frozenset({0, 1, 2}), False)
    assert cores.for_servers(all_cores=True) == {0, 1, 2, 3}


def test_on_one_core_all_share_it() -> None:
    cores = share_out(None, frozenset({5}))
    assert (cores.servers, cores.others, cores.shared) == (frozenset({5}), frozenset({5}), True)


def test_more_cores_than_there_are_is_a_problem() -> None:
    with pytest.raises(Problem, match="this machine has 2"):
        share_out(3, frozenset({0, 1}))


def test_names_are_taken_one_by_one_or_with_commas_and_once_each() -> None:
    assert wish(lanes=["flask-thread,django-thread", "flask-thread"]).lanes == ("flask-thread", "django-thread")
    assert len(wish().lanes) == 10
    assert wish(users="64,1,8,8").users == (1, 8, 64)


def test_too_few_open_files_are_told_with_the_number_needed() -> None:
    asked = wish(users="5000")
    with pytest.raises(Problem, match=rf"need {files_needed(asked, 2)} open files and the limit is 4096.*ulimit -Hn"):
        require_files(asked, 2, limit=4096)
    require_files(wish(users="64"), 2, limit=4096)


def test_connections_are_kept_between_slices_where_the_limit_allows_all_of_them() -> None:
    assert all_kept(wish(users="64"), 10, limit=4096)
    assert not all_kept(wish(users="512"), 10, limit=4096)


def test_threads_of_a_lane_that_has_none_are_refused() -> None:
    asked = wish(lanes=["flask-process"], scenarios=["hello"], variants=["threads=16"])
    with pytest.raises(Problem, match="flask-process has no threads to number"):
        subjects(asked, share_out(None, frozenset({0, 1})))


def test_a_lane_with_other_workers_on_other_cores_is_two_servers() -> None:
    asked = wish(lanes=["flask-process"], scenarios=["hello", "cpu"], control=False)
    cores = share_out(None, frozenset(range(8)))
    servers = {subject.key for subject in subjects(asked, cores)}
    assert len(servers) == 2
    assert files_needed(asked, len(servers)) == 2 * 64 + FILES_BESIDE


def test_the_full_preset_is_all_lanes_and_all_work_unless_some_are_named() -> None:
    every = wish(preset="full")
    assert (set(every.lanes), set(every.scenarios)) == (set(ALL_LANES), set(SCENARIOS))
    assert every.budget_s > wish().budget_s
    assert wish(preset="full", lanes=["flask-thread"]).lanes == ("flask-thread",)
    with pytest.raises(Problem, match="use one of quick, full"):
        wish(preset="whole")
