"""Conditions that must hold of a run."""

import pytest

from backing.problem import Problem
from loadtests.measurement.result import ResponseTime
from loadtests.measurement.subject import CONTROL
from loadtests.measurement.thresholds import judge, metrics, parse, require_measured
from loadtests.measurement.wish import wish
from tests.loadtests.past import NOISY, cell, summary


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("fastapi-coroutine/hello: cpu_us_per_request < 250", "fastapi-coroutine/hello: cpu_us_per_request < 250"),
        ("flask-thread:qps>=1e3", "flask-thread: qps >= 1000"),
        (" flask-thread / wait / 64 : rt_ms.p99 <= 75.5 ", "flask-thread/wait/64: p99_ms <= 75.5"),
        ("flask-thread threads=8/hello: error_share < 0.01", "flask-thread threads=8/hello: error_share < 0.01"),
    ],
)
def test_a_condition_reads_back_in_one_form(text: str, shown: str) -> None:
    assert str(parse(text)) == shown


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("faster please", "such as 'fastapi-coroutine/hello: cpu_us_per_request < 250'"),
        ("flask-thread: qps = 5", "write LANE"),
        ("flask-tread: qps > 1", "did you mean flask-thread"),
        ("flask-thread/helo: qps > 1", "did you mean hello"),
        ("flask-thread: cpu_us < 250", "did you mean cpu_us_per_request"),
        ("flask-thread: rate > 1", "there is no metric rate"),
        ("flask-thread/hello/many: qps > 1", "many is no number of users"),
        ("flask-thread: p99_ms < 75ms", "75ms is no number; write it without a unit"),
        ("flask-thread: p99_ms < nan", "nan is no number"),
    ],
)
def test_what_is_no_condition_is_refused_with_what_to_write(text: str, told: str) -> None:
    with pytest.raises(Problem) as refused:
        parse(text)
    assert told in str(refused.value)
    assert refused.value.exit_code == 2


def test_every_metric_of_a_summary_can_be_named() -> None:
    assert {"qps", "cpu_us_per_request", "rss_bytes", "p99_ms", "max_ms", "error_share"} <= set(metrics())
    assert not {"users", "valid", "lane"} & set(metrics())


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("flask-thread: cpu_us_per_request < 400", False),
        ("flask-thread: cpu_us_per_request <= 400", True),
        ("flask-thread: qps > 999", True),
        ("flask-thread/hello/64: p99_ms < 90.1", True),
        ("flask-thread: error_share < 0.001", False),
    ],
)
def test_the_cells_own_figure_decides(text: str, *, holds: bool) -> None:
    run = summary([cell(errors={"status 500": 10})])
    assert (judge([parse(text)], run) == []) is holds


def test_what_does_not_hold_is_told_with_the_figure() -> None:
    run = summary([cell(cpu_us_per_request=263.44)])
    assert judge([parse("flask-thread/hello: cpu_us_per_request < 250")], run) == [
        "flask-thread/hello: cpu_us_per_request < 250: not met, because flask-thread/hello/64 has 263.44"
    ]


def test_a_condition_on_a_lane_is_one_on_all_its_cells() -> None:
    control = cell(f"flask-thread{CONTROL}", lane="flask-thread", qps=2.0)
    run = summary([cell(), cell("flask-thread threads=8", qps=5.0), cell("flask-process", qps=1.0), control])
    (told,) = judge([parse("flask-thread: qps > 10")], run)
    assert "flask-thread threads=8/hello/64 has 5" in told


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (cell(valid=False, reasons=[NOISY]), "is not valid: the load drifted by 30 %"),
        (cell(rt_ms=ResponseTime()), "has no p99_ms: it could not be measured"),
        (cell(scenario="wait"), "no such cell was measured (there are flask-thread/wait/64)"),
    ],
)
def test_a_cell_that_shows_nothing_meets_no_condition(found: object, told: str) -> None:
    assert isinstance(found, type(cell()))
    (sentence,) = judge([parse("flask-thread/hello: p99_ms < 1000")], summary([found]))
    assert told in sentence


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("django-thread/hello: qps > 5", "this run has no lane django-thread, only flask-thread"),
        ("flask-thread/wait: qps > 5", "this run has no scenario wait, only hello"),
        ("flask-thread/hello/8: qps > 5", "this run has no number of users 8, only 64"),
    ],
)
def test_a_condition_on_what_will_not_be_measured_is_refused_before_it_is(text: str, told: str) -> None:
    planned = wish(lanes=["flask-thread"], scenarios=["hello"])
    require_measured([parse("flask-thread threads=8/hello: qps > 5"), parse("flask-thread: qps > 5")], planned)
    with pytest.raises(Problem) as refused:
        require_measured([parse(text)], planned)
    assert told in str(refused.value)
