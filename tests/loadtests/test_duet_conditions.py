"""Conditions on the ratio of a duet: its interval decides."""

import msgspec
import pytest

from backing.problem import Problem
from loadtests.duet.conditions import is_on_ratio, judge, parse
from loadtests.measurement.result import Summary
from loadtests.measurement.verdict import Verdict
from tests.loadtests.past import cell, summary


def told(low: float | None, high: float | None, metric: str = "cpu_us_per_request") -> Summary:
    verdict = Verdict(
        a="flask-thread checkout=here",
        b="flask-thread checkout=before",
        scenario="hello",
        users=16,
        metric=metric,
        ratio=1.0,
        low=low,
        high=high,
        verdict="undecided",
        rounds=5,
    )
    return msgspec.structs.replace(summary([cell()]), verdicts=[verdict])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ratio: cpu_us_per_request < 1.05", "ratio: cpu_us_per_request < 1.05"),
        (" ratio:qps>=.95 ", "ratio: qps >= 0.95"),
    ],
)
def test_a_condition_reads_back_in_one_form(text: str, shown: str) -> None:
    assert is_on_ratio(text)
    assert str(parse(text)) == shown


def test_a_condition_on_a_side_is_none_on_the_ratio() -> None:
    assert not is_on_ratio("flask-thread: error_share < 0.001")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ratio: rss_bytes < 1.05", "a duet compares no rss_bytes; use one of cpu_us_per_request, qps, p99_ms"),
        ("ratio: cpu_us_per_request = 1", "write ratio: METRIC < NUMBER"),
        ("ratio: qps > 95%", "95% is no ratio; write a number above 0"),
        ("ratio: qps > -1", "-1 is no ratio"),
        ("ratio: qps > nan", "nan is no ratio"),
    ],
)
def test_what_is_no_condition_is_refused_with_what_to_write(text: str, said: str) -> None:
    with pytest.raises(Problem) as refused:
        parse(text)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "low", "high", "met"),
    [
        ("ratio: cpu_us_per_request < 1.05", 0.99, 1.01, True),
        ("ratio: cpu_us_per_request < 1.05", 1.04, 1.20, True),
        ("ratio: cpu_us_per_request < 1.05", 1.05, 1.20, False),
        ("ratio: cpu_us_per_request <= 1.05", 1.05, 1.20, True),
        ("ratio: cpu_us_per_request <= 1.05", 1.06, 1.20, False),
        ("ratio: cpu_us_per_request > 0.95", 0.80, 0.96, True),
        ("ratio: cpu_us_per_request > 0.95", 0.80, 0.95, False),
        ("ratio: cpu_us_per_request >= 0.95", 0.80, 0.94, False),
    ],
)
def test_only_an_interval_wholly_beyond_the_bound_breaks_it(text: str, low: float, high: float, *, met: bool) -> None:
    assert (judge([parse(text)], told(low, high)) == []) is met


def test_what_does_not_hold_is_told_with_the_interval() -> None:
    (told_of,) = judge([parse("ratio: cpu_us_per_request < 1.05")], told(1.06, 1.2))
    because = "flask-thread checkout=here ÷ flask-thread checkout=before is between 1.060 and 1.200 (95 %)"
    assert told_of == f"ratio: cpu_us_per_request < 1.05: not met, because {because}"


def test_a_ratio_without_an_interval_meets_no_condition() -> None:
    condition = parse("ratio: p99_ms < 1.05")
    for shown in (told(None, None, "p99_ms"), told(0.99, 1.01, "qps")):
        (sentence,) = judge([condition], shown)
        assert "no interval of p99_ms" in sentence
