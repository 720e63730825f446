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
from tests.loadtests.measured import client


def step(purpose: Purpose, rate: float, *, holds: bool) -> Step:
    return Step(
        purpose=purpose, rate_per_s=rate, seconds=1.0, requests=int(rate), qps=rate, figures={}, holds=holds,
        broke=[] if holds else ["p99 was 200 ms, not below 100 ms"],
    )  # fmt: skip


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
        "ceiling": "32 threads ÷ 50 ms = 640/s", "partial": False, "steps": found.steps, "sentence": "",
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
