"""What a run says in words: never more than its verdicts."""

import pytest

from loadtests.measurement.cells import merge
from loadtests.measurement.result import Cell
from loadtests.measurement.sentences import sentence
from loadtests.measurement.verdict import Verdict
from loadtests.measurement.verdicts import ranks
from tests.loadtests.measured import HELLO, record, subject

A, B, C = "flask-thread", "django-thread", "fastapi-coroutine"


def cell(lane: str, served: int) -> Cell:
    return merge(subject(lane), [record(1, [10_000_000 // served] * served, lane=lane)]).cell


CELLS = [cell(A, 1_000), cell(B, 900), cell(C, 500)]


def verdict(
    a: str, b: str, word: str, metric: str = "qps", *, needed: int | None = None, **interval: float | None
) -> Verdict:
    figures = {"ratio": 1.25, "low": 0.91, "high": 1.64} | interval
    return Verdict(
        a=a,
        b=b,
        scenario="hello",
        users=10,
        metric=metric,
        ratio=figures["ratio"],
        low=figures["low"],
        high=figures["high"],
        verdict=word,
        rounds=5,
        rounds_needed=needed,
    )


def said(*verdicts: Verdict, cells: list[Cell] = CELLS) -> str:
    return sentence(HELLO, cells, ranks([each.lane for each in cells], verdicts), verdicts)


def test_where_nothing_was_told_apart_no_distance_is_given() -> None:
    text = said(verdict(A, B, "undecided"), verdict(A, C, "undecided"), verdict(B, C, "undecided"))
    assert text.startswith(f"hello, 10 users: no lane is surely ahead of {A} (1,000 requests/s")
    assert "times" not in text
    assert "serve" not in text


def test_two_rounds_give_no_distance() -> None:
    assert "times" not in said(verdict(A, B, "undecided", low=None, high=None), cells=CELLS[:2])


def test_the_distance_is_to_the_first_lane_that_is_surely_behind() -> None:
    text = said(verdict(A, B, "undecided"), verdict(C, A, "slower", ratio=0.5, low=0.4, high=0.625))
    assert f"no lane is surely ahead of {A} (" in text
    assert f"and {B} (" in text
    assert f"{A} does 2.00 times what {C} does (1.60 to 2.50)" in text


def test_the_distance_may_be_that_of_the_second_of_the_best() -> None:
    assert f"{B} does 1.80 times" in said(verdict(B, C, "faster", ratio=1.8, low=1.6, high=2.0))


def test_a_lane_that_is_surely_ahead_of_all_others_serves_most() -> None:
    text = said(verdict(A, B, "faster", low=1.1), verdict(A, C, "faster", low=1.5), verdict(B, C, "undecided"))
    assert "µs CPU) serves most; " in text
    assert f"{A} does 1.25 times what {B} does (1.10 to 1.64)" in text


def test_a_lane_is_not_said_to_serve_most_because_others_are_behind_a_third() -> None:
    assert "serves most" not in said(verdict(A, B, "faster"), verdict(B, C, "faster"))


@pytest.mark.parametrize(("against_b", "is_named"), [("faster", True), ("undecided", False), ("equal", False)])
def test_the_cheapest_lane_is_named_only_when_it_beats_every_other(against_b: str, *, is_named: bool) -> None:
    metric = "cpu_us_per_request"
    text = said(verdict(C, A, "faster", metric), verdict(C, B, against_b, metric), verdict(B, A, "faster", metric))
    assert (f"{C} used the least CPU per request, 1,000 µs" in text) == is_named
    assert is_named or "least" not in text


def test_a_lane_alone_is_said_to_be_the_only_valid_one() -> None:
    assert said(cells=CELLS[:1]).startswith(f"hello, 10 users: only {A} (1,000 requests/s")


def test_what_is_undecided_is_said_with_the_rounds_it_would_take() -> None:
    text = said(verdict(A, B, "undecided", needed=1_240), cells=CELLS[:2])
    assert "which of them serves more is undecided after 5 rounds, and would take about 1,240 rounds" in text


def test_several_undecided_pairs_are_counted_with_the_least_and_the_most_rounds() -> None:
    pairs = (verdict(A, B, "undecided", needed=40), verdict(A, C, "equal"), verdict(B, C, "undecided", needed=300))
    assert "2 of 3 pairs of them are undecided after 5 rounds, and would take about 40 to 300 rounds" in said(*pairs)


def test_no_number_of_rounds_is_made_up() -> None:
    text = said(verdict(A, B, "undecided"), cells=CELLS[:2])
    assert "undecided after 5 rounds, and no number of rounds in sight would decide it" in text
    some = (verdict(A, B, "undecided", needed=40), verdict(A, C, "undecided"), verdict(B, C, "undecided"))
    told = "3 of 3 pairs of them are undecided after 5 rounds; about 40 rounds would decide 1 of them"
    assert f"{told}, no number in sight the others" in said(*some)


def test_lanes_that_are_equal_are_said_to_be() -> None:
    assert "they are equal" in said(verdict(A, B, "equal"), cells=CELLS[:2])


def test_a_lane_that_is_surely_behind_is_not_among_those_that_none_is_ahead_of_though_it_shares_their_rank() -> None:
    text = said(verdict(A, B, "undecided"), verdict(A, C, "faster", low=1.5), verdict(B, C, "undecided"))
    assert f"no lane is surely ahead of {A} (1,000 requests/s" in text
    assert f"and {B} (900 requests/s" in text
    assert f"{C} (" not in text
