"""The sentences of the experiment `upstream`, from made-up figures, and the time that its plan allows for."""

import pytest

from loadtests.experiments.cost import held_ms
from loadtests.experiments.experiment import QUICK
from loadtests.experiments.planning import plan
from loadtests.experiments.table import sentences
from loadtests.experiments.upstream import ONCE, THRICE, UPSTREAM
from loadtests.measurement.cores import Cores
from loadtests.measurement.subject import subjects
from tests.loadtests.summaries import cell, detail, summary, verdict

TWO = Cores(servers=frozenset({1}), others=frozenset({0}))
CPU = "cpu_us_per_request"


def test_calls_in_a_row_and_calls_together_are_told_apart_with_what_a_call_costs() -> None:
    flask = [
        cell("flask-thread", "upstream", 16, ONCE, qps=300.0, p99=54.2, cpu_us_per_request=1_000.0),
        cell("flask-thread", "upstream", 16, THRICE, qps=100.0, p99=160.0, cpu_us_per_request=2_200.0),
    ]
    fastapi = [
        cell("fastapi-coroutine", "upstream", 16, ONCE, qps=300.0, p99=53.0),
        cell("fastapi-coroutine", "upstream", 16, THRICE, qps=290.0),
    ]
    verdicts = [
        verdict(flask[0], flask[1], "qps", "faster", 2.9, 2.8, 3.1),
        verdict(flask[0], flask[1], CPU, "faster", 1 / 2.2, 1 / 2.4, 1 / 2.0),
        verdict(fastapi[0], fastapi[1], "qps", "equal", 1.03, 1.0, 1.06),
        verdict(flask[1], fastapi[1], "qps", "slower", 1 / 2.9, 1 / 3.0, 1 / 2.8),
    ]
    exact = detail(flask[0], cpu_us_per_round=[1_000.0] * 7)
    behind = detail(flask[1], ceiling="16 users ÷ 158 ms = 101/s")
    assert sentences("upstream", summary([*flask, *fastapi], verdicts, [exact, behind])) == [
        (
            "flask-thread at 16 users: it answers 2.9 times [2.8, 3.1] as many with one call as with three calls of "
            "50 ms, made one after another; p99 54.2 ms with one and 160 ms with three; "
            "a call costs 600 µs of CPU [500, 700]."
        ),
        (
            "fastapi-coroutine at 16 users: it answers as many with one call as with three calls of 50 ms, made all "
            "together: 1.03 times [1.00, 1.06]; p99 53 ms with one and unknown with three."
        ),
        "fastapi-coroutine answers 2.9 times [2.8, 3.0] as many as flask-thread with three calls at 16 users.",
    ]


def test_what_is_open_and_what_is_missing_is_said() -> None:
    flask = [cell("flask-thread", "upstream", 64, variant, qps=10.0, p99=1.0) for variant in (ONCE, THRICE)]
    django = cell("django-thread", "upstream", 64, THRICE, qps=9.0)
    broken = cell("flask-process", "upstream", 64, THRICE, valid=False)
    verdicts = [
        verdict(flask[0], flask[1], "qps", "undecided", 1.05, 0.9, 1.2),
        verdict(flask[1], django, "qps", "undecided", 1.1, 0.9, 1.3),
    ]
    found = sentences("upstream", summary([*flask, django, broken], verdicts))
    assert "is undecided: 1.05 [0.90, 1.20] after 7 rounds; p99 1 ms with one and 1 ms with three." in found[0]
    assert found[1] == "flask-process calls=3 at 64 users is not compared: its server ended."
    assert found[2].startswith("Whether flask-thread or django-thread answers more with three calls at 64 users is")


@pytest.mark.parametrize(("lane", "calls", "held"), [("flask-thread", 3, 150), ("fastapi-coroutine", 3, 50)])
def test_a_plan_allows_for_calls_that_wait_for_each_other(lane: str, calls: int, held: int) -> None:
    planned = plan(UPSTREAM, UPSTREAM.presets[QUICK], TWO, lanes=[lane]).wish
    found = {held_ms(each) for each in subjects(planned, TWO) if each.all_params["calls"] == calls}
    assert found == {held}
