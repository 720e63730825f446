"""What limits a cell, and the ceiling that is predicted for it: on made-up figures."""

from typing import Any

import pytest

from loadtests.measurement.ceilings import Facts, Known, ceilings, pooled
from loadtests.measurement.cells import merge
from loadtests.measurement.group import Group
from loadtests.measurement.limiter import ceiling_of, limiter
from loadtests.measurement.result import Predicted
from loadtests.servers import LANES
from tests.loadtests.measured import record, subject

pytestmark = pytest.mark.alone

WAIT: dict[str, str | int] = {"ms": 50, "how": "cooperative"}


def facts(lane: str = "flask-thread", **changed: Any) -> Facts:
    figures: dict[str, Any] = {
        "lane": LANES[lane],
        "endpoint": "wait",
        "params": WAIT,
        "users": 64,
        "rate": None,
        "workers": 1,
        "threads": None,
        "pool_size": 6,
        "cores": 1,
        "cpu_us": 250.0,
        "database_us": None,
        "generator_us": 50.0,
        "generator_qps": None,
        "known": Known(alone_ms=50.0, other_cores=1),
    }
    return Facts(**(figures | changed))


def lowest(found: Facts, qps: float = 1.0) -> str:
    return ceilings(found, qps)[0].formula


@pytest.mark.parametrize(
    ("lane", "changed", "expected"),
    [
        ("flask-thread", {}, "32 threads ÷ 50 ms = 640/s"),
        ("flask-thread", {"threads": 16, "workers": 2}, "32 threads ÷ 50 ms = 640/s"),
        ("fastapi-thread", {"threads": 8}, "8 threads ÷ 50 ms = 160/s"),
        ("flask-process", {"workers": 2}, "2 workers ÷ 50 ms = 40/s"),
        ("fastapi-process", {"workers": 2}, "64 users ÷ 50 ms = 1,280/s"),
        ("fastapi-coroutine", {"users": 1}, "1 user ÷ 50 ms = 20/s"),
        ("fastapi-coroutine", {"params": {"how": "blocking"}}, "1 blocked event loop ÷ 50 ms = 20/s"),
        ("fastapi-coroutine", {"users": 512}, "1 server core ÷ 250 µs = 4,000/s"),
        ("fastapi-coroutine", {"users": 512, "cores": 2}, "1 thread ÷ 250 µs = 4,000/s"),
        ("flask-greenlet", {"users": 512, "cores": 2, "workers": 2}, "2 server cores ÷ 250 µs = 8,000/s"),
        ("fastapi-coroutine", {"users": 512, "generator_us": 500.0}, "1 core of the generator ÷ 500 µs = 2,000/s"),
        ("fastapi-coroutine", {"rate": 300.0}, "300/s arriving"),
        (
            "fastapi-coroutine",
            {"users": 512, "generator_qps": 1_500.0},
            "the generator reaches 1,500/s against a server that does nothing",
        ),
        (
            "flask-thread",
            {"endpoint": "articles_list", "known": Known(alone_ms=21.0, held_ms=20.0, other_cores=1)},
            "6 connections ÷ 20 ms = 300/s",
        ),
        (
            "flask-thread",
            {"endpoint": "page", "params": {"id": 1}, "known": Known(alone_ms=24.0, held_ms=20.0, other_cores=1)},
            "6 connections ÷ 20 ms = 300/s",
        ),
        (
            "fastapi-coroutine",
            {"users": 512, "endpoint": "page", "params": {"id": 1}, "database_us": 400.0},
            "1 core of database and generator ÷ 450 µs = 2,222/s",
        ),
        (
            "fastapi-coroutine",
            {"users": 512, "endpoint": "articles_list", "database_us": 400.0},
            "1 core of database and generator ÷ 450 µs = 2,222/s",
        ),
        (
            "flask-thread",
            {"endpoint": "cpu_python", "cores": 2, "cpu_us": 2_000.0},
            "1 interpreter lock ÷ 2,000 µs = 500/s",
        ),
    ],
)  # fmt: skip
def test_the_lowest_ceiling_is_that_of_what_runs_out_first(lane: str, changed: dict[str, Any], expected: str) -> None:
    assert lowest(facts(lane, **changed)) == expected


def test_nothing_is_predicted_from_what_was_not_measured() -> None:
    unknown = facts(cpu_us=None, generator_us=None, known=Known())
    assert ceilings(unknown, 100) == []


def test_a_ceiling_that_the_figure_refutes_is_left_out() -> None:
    assert lowest(facts(), 700) == "32 threads ÷ 50 ms = 640/s"
    assert lowest(facts(), 800) == "64 users ÷ 50 ms = 1,280/s"


@pytest.mark.parametrize(
    ("qps", "named"), [(630, "threads"), (520, "threads"), (500, None), (3_300, None), (4_000, "server core")]
)
def test_the_lowest_ceiling_is_named_only_where_the_figure_is_close(qps: float, named: str | None) -> None:
    predicted = ceilings(facts(users=10_000 if qps > 640 else 64), qps)
    assert limiter(predicted, qps, generator_share=0.1, steal_share=0.0) == named


def test_steal_counts_as_time_that_a_core_could_not_give() -> None:
    predicted = ceilings(facts("fastapi-coroutine", users=10_000), 3_000)
    assert limiter(predicted, 3_000, generator_share=0.1, steal_share=0.0) is None
    assert limiter(predicted, 3_000, generator_share=0.1, steal_share=0.2) == "server core"


def test_ceilings_that_cannot_be_told_apart_are_all_named_and_the_rate_only_alone() -> None:
    both = ceilings(facts(users=32), 620)
    assert limiter(both, 620, generator_share=0.1, steal_share=0.0) == "threads and users"
    found = ceiling_of("threads and users", both)
    assert found is not None
    assert found.qps == 640
    arriving = ceilings(facts(rate=640.0), 620)
    assert limiter(arriving, 620, generator_share=0.1, steal_share=0.0) == "threads"
    slower = ceilings(facts(rate=300.0), 299)
    assert limiter(slower, 299, generator_share=0.1, steal_share=0.0) == "rate"


def test_only_pooled_work_holds_a_pooled_connection() -> None:
    assert pooled("articles_list", {"access": "pooled"})
    assert pooled("page", {"id": 1})
    assert not pooled("articles_list", {"access": "per-request"})
    assert not pooled("hello", {})


def test_a_cell_shows_its_ceilings_and_what_one_request_takes_alone() -> None:
    waiting = subject(group=Group(scenario="wait", users=10))
    merged = merge(waiting, [record(1, [50_000] * 200)], known=Known(alone_ms=50.0))
    assert merged.cell.limiter == "users"
    assert merged.detail.alone_ms == 50
    assert merged.detail.ceilings[0] == Predicted(limiter="users", qps=200, formula="10 users ÷ 50 ms = 200/s")
