"""The search for the highest rate that holds."""

import re
from typing import Any

import msgspec
import pytest

from backing.problem import Problem
from loadtests.capacity import slo
from loadtests.capacity.result import Capacity, Purpose, Step
from loadtests.capacity.search import PRECISION, Found, Search
from loadtests.capacity.sentences import sentence, stopped_by
from loadtests.commands.capacity import exit_code
from loadtests.report.numbers import number
from tests.loadtests.measured import client


def step(purpose: Purpose, rate: float, *, holds: bool, server_ended: bool = False) -> Step:
    why = "its server ended" if server_ended else "p99 was 200 ms, not below 100 ms"
    return Step(
        purpose=purpose, rate_per_s=rate, seconds=1.0, requests=int(rate), qps=rate, figures={}, holds=holds,
        broke=[] if holds else [why], server_ended=server_ended,
    )  # fmt: skip


def mortal(ends_at: float, *, while_confirming: bool = False) -> Found:
    """A lane that holds every rate up to 640, and whose server ends once it is asked for `ends_at` or more."""
    ended = False

    def ask(rate: float, purpose: Purpose) -> Step:
        nonlocal ended
        assert not ended, "nothing can be asked of a server that ended"
        ended = rate >= ends_at and (purpose == "confirmation" or not while_confirming)
        return step(purpose, rate, holds=rate <= 640 and not ended, server_ended=ended)

    search = Search(ask)
    search.run(10.0)
    return search.found()


def searched(capacity: float, *, start: float = 10.0, confirmed: float | None = None) -> Found:
    """A lane that holds every rate up to `capacity`, and over a longer window up to `confirmed`."""

    def ask(rate: float, purpose: Purpose) -> Step:
        most = confirmed if confirmed is not None and purpose == "confirmation" else capacity
        return step(purpose, rate, holds=rate <= most)

    search = Search(ask)
    search.run(start)
    return search.found()


@pytest.mark.parametrize("capacity", [3.0, 11.0, 640.0, 8_000.0])
def test_the_rate_found_is_within_the_precision_below_the_capacity_and_confirmed(capacity: float) -> None:
    found = searched(capacity)
    assert found.confirmed
    assert found.holds is not None
    assert found.breaks is not None
    assert found.holds.rate_per_s <= capacity < found.breaks.rate_per_s
    assert found.breaks.rate_per_s / found.holds.rate_per_s <= PRECISION * 1.01
    assert found.steps[-1].purpose == "confirmation"


def test_a_rate_that_breaks_over_the_longer_window_is_confirmed_lower_down() -> None:
    found = searched(640.0, confirmed=600.0)
    assert found.confirmed
    assert found.holds is not None
    assert 600 * 0.95 <= found.holds.rate_per_s <= 600
    assert found.breaks is not None
    assert found.breaks.rate_per_s <= 640


def test_what_is_never_confirmed_is_not_called_so() -> None:
    found = searched(640.0, confirmed=1.0)
    assert not found.confirmed
    assert found.holds is not None
    assert found.holds.rate_per_s < min(each.rate_per_s for each in found.steps if not each.holds)


def test_a_lane_that_holds_no_rate_gives_none() -> None:
    found = searched(0.0)
    assert (found.holds, found.confirmed) == (None, False)
    assert found.breaks is not None
    assert found.breaks.rate_per_s < 1


def test_nothing_is_claimed_beyond_what_was_asked_for() -> None:
    found = searched(1e9)
    assert found.holds is not None
    assert found.holds.rate_per_s == max(each.rate_per_s for each in found.steps)
    assert found.breaks is None


def test_a_step_that_breaks_once_is_repeated_and_may_hold() -> None:
    unlucky = {80.0}

    def ask(rate: float, purpose: Purpose) -> Step:
        holds = rate <= 640 and rate not in unlucky
        unlucky.discard(rate)
        return step(purpose, rate, holds=holds)

    search = Search(ask)
    search.run(10.0)
    found = search.found()
    assert [each.holds for each in found.steps if each.rate_per_s == 80.0] == [False, True]
    assert found.holds is not None
    assert found.holds.rate_per_s > 600


@pytest.mark.parametrize("rest_hold", [False, True])
def test_a_rate_whose_longer_window_breaks_is_never_confirmed_by_another_try(rest_hold: bool) -> None:  # noqa: FBT001 - a parameter
    asked: list[float] = []

    def ask(rate: float, purpose: Purpose) -> Step:
        first = purpose == "confirmation" and rate not in asked
        asked.extend([rate] if purpose == "confirmation" else [])
        return step(purpose, rate, holds=rate <= 640 and (not first or (rest_hold and len(asked) > 1)))

    search = Search(ask)
    search.run(10.0)
    found = search.found()
    assert len(set(asked)) == len(asked)
    assert found.confirmed == rest_hold
    assert found.holds is not None
    assert found.holds.rate_per_s < asked[0]
    said = sentence(result(found), found.holds)
    assert f"Over the longer window it did not hold: at {number(asked[0])}/s (p99 was 200 ms" in said


def test_a_window_that_broke_at_a_rate_that_held_later_is_named() -> None:
    unlucky = {80.0, 600.0}

    def ask(rate: float, purpose: Purpose) -> Step:
        holds = rate <= 600 and rate not in unlucky
        unlucky.discard(rate)
        return step(purpose, rate, holds=holds)

    search = Search(ask)
    search.run(20.0)
    found = search.found()
    broken = [each.rate_per_s for each in found.steps if not each.holds and each.rate_per_s <= 600]
    assert 80.0 in broken
    said = sentence(result(found), found.holds)
    assert "Of the windows at this rate or below, these broke: at 80/s (p99 was 200 ms, not below 100 ms)" in said
    assert all(f"at {number(rate)}/s" in said for rate in broken)


@pytest.mark.parametrize(("ends_at", "while_confirming"), [(80.0, False), (600.0, False), (100.0, True)])
def test_a_server_that_ends_ends_the_search_with_what_held_until_then(
    ends_at: float,
    while_confirming: bool,  # noqa: FBT001 - a parameter
) -> None:
    found = mortal(ends_at, while_confirming=while_confirming)
    assert not found.confirmed
    assert found.holds is not None
    assert found.breaks == found.steps[-1]
    assert found.breaks.server_ended
    assert found.holds.rate_per_s < found.breaks.rate_per_s
    said = sentence(result(found), found.holds)
    assert f"at {number(found.breaks.rate_per_s)}/s its server ended, and with it the search" in said


def test_a_server_that_ends_at_the_first_rate_holds_none() -> None:
    found = mortal(1.0)
    assert (found.holds, len(found.steps)) == (None, 1)
    assert "holds no rate that was tried: at 10/s its server ended" in sentence(result(found), None)


def test_the_end_of_the_server_is_what_is_told_of_a_rate_that_had_broken_before() -> None:
    def ask(rate: float, purpose: Purpose) -> Step:
        ends = rate > 100 and any(each.rate_per_s == rate for each in search.found().steps)
        return step(purpose, rate, holds=rate <= 100, server_ended=ends)

    search = Search(ask)
    search.run(10.0)
    assert stopped_by(search.found().breaks) == "at 160/s its server ended, and with it the search"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({}, 0),
        ({"confirmed": False}, 1),
        ({"rate_per_s": None}, 1),
        ({"partial": True, "interrupted": True}, 130),
        # A log that is quoted may hold any word.
        ({"partial": True, "stopped_by": "PostgreSQL ended: interrupted by its operator"}, 3),
    ],
)
def test_the_exit_code_tells_what_came_of_the_search(changed: dict[str, Any], code: int) -> None:
    assert exit_code(result(searched(600.0), **changed)) == code


def test_an_interrupted_search_keeps_what_it_has() -> None:
    def ask(rate: float, purpose: Purpose) -> Step:
        if rate > 100:
            raise KeyboardInterrupt
        return step(purpose, rate, holds=True)

    search = Search(ask)
    with pytest.raises(KeyboardInterrupt):
        search.run(10.0)
    found = search.found()
    assert found.holds is not None
    assert (found.holds.rate_per_s, found.confirmed) == (80.0, False)


def test_promises_are_read_with_their_units() -> None:
    read = {each.metric: each.limit for each in slo.parse("p99<100ms, p99.9 < 1.5 s,max<2s,mean<20ms,errors<0.1%")}
    assert read == pytest.approx({"p99": 100, "p99.9": 1_500, "max": 2_000, "mean": 20, "errors": 0.001})


@pytest.mark.parametrize(
    "text",
    ["", "p99", "p98<100ms", "p99<100", "p99>100ms", "p99<0.1%", "errors<5ms", "p99<-1ms", "p99<0ms", "errors<101%",
     "p99<1ms,p99<2ms", "p99<100ms;errors<1%", "p99<1e3ms"],
)  # fmt: skip
def test_a_malformed_promise_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Problem, match=re.escape(slo.EXAMPLE)):
        slo.parse(text)


def test_broken_promises_are_named_with_their_figures() -> None:
    promised = slo.parse("p50<20ms,p99<100ms,errors<0.1%")
    seen = client([10_000] * 900 + [150_000] * 100, errors={"reset": 5})
    measured = slo.figures(promised, seen)
    assert measured["p50"] == pytest.approx(10, rel=0.001)
    assert measured["errors"] == pytest.approx(0.005)
    assert slo.broken(promised, measured) == [
        "p99 was 150 ms, not below 100 ms",
        "errors was 0.500 %, not below 0.100 %",
    ]


def test_a_percentile_that_too_few_requests_could_show_is_judged_by_the_longest() -> None:
    promised = slo.parse("p99<100ms")
    measured = slo.figures(promised, client([10_000] * 20 + [150_000]))
    assert measured["p99"] == pytest.approx(150, rel=0.002)


def test_no_answer_keeps_no_promise() -> None:
    promised = slo.parse("p99<100ms,errors<1%")
    measured = slo.figures(promised, client([]))
    assert measured == {"p99": None, "errors": None}
    assert len(slo.broken(promised, measured)) == 2


def test_windows_hold_enough_requests_for_the_highest_percentile() -> None:
    assert slo.requests_wanted(slo.parse("p99<1s"), 2) == 200
    assert slo.requests_wanted(slo.parse("p50<1s,p99.9<1s"), 2) == 2_000
    assert slo.requests_wanted(slo.parse("errors<1%"), 2) == 100


def result(found: Found, **changed: Any) -> Capacity:
    figures: dict[str, Any] = {
        "lane": "flask-thread", "stack": "current", "scenario": "wait", "users": 1_000, "slo": "p99<100ms",
        "rate_per_s": None if found.holds is None else found.holds.rate_per_s, "at_least": False,
        "confirmed": found.confirmed, "stopped_by": stopped_by(found.breaks), "limiter": "threads",
        "ceiling": "32 threads ÷ 50 ms = 640/s", "partial": False, "interrupted": False, "steps": found.steps,
        "sentence": "",
    }  # fmt: skip
    return Capacity(**(figures | changed))


def test_the_result_is_said_with_what_broke_and_what_ran_out() -> None:
    found = searched(600.0, start=20.0)
    said = sentence(result(found), found.holds)
    assert said.startswith("flask-thread under wait holds 600 requests/s")
    assert "confirmed over 1 s" in said
    assert "It stops there because at 6" in said
    assert "p99 was 200 ms, not below 100 ms" in said
    assert said.endswith("What ran out: threads (32 threads ÷ 50 ms = 640/s).")


def test_what_is_not_known_is_not_said() -> None:
    found = searched(600.0)
    assert "not known" in sentence(result(found, limiter=None, ceiling=None), found.holds)
    assert "holds at least" in sentence(result(found, at_least=True), found.holds)
    none = searched(0.0)
    assert "holds no rate that was tried" in sentence(result(none), none.holds)
    cut = sentence(result(found, partial=True, stopped_by="the search ended before its time: no"), found.holds)
    assert cut.endswith("The search ended before its time: no.")


def test_steps_can_be_written_and_read() -> None:
    one = step("doubling", 10.0, holds=True)
    assert msgspec.json.decode(msgspec.json.encode(one), type=Step) == one
