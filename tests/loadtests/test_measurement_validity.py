from typing import Any

import pytest

from loadtests.measurement.result import ResponseTime
from loadtests.measurement.validity import Evidence, check

RIGHT: dict[str, Any] = {
    "users": 10,
    "requests": 1_000,
    "asked": 1_000,
    "failed": 0,
    "qps": 1_000.0,
    "per_second": 1_000.0,
    "mean_all_ms": 10.0,
    "rt_ms": ResponseTime(mean=10.0, p50=10.0, p95=11.0, p99=12.0, p999=13.0, max=13.0),
    "concurrency": 10.0,
    "client_answered": 1_000,
    "server_answered": 1_000,
    "given_up": 0,
    "outlasting": 0,
    "drained_max_ms": 13.0,
    "change": None,
    "generator_core_share": 0.5,
    "ceiling_qps": 10_000.0,
    "errors": {},
    "first_error": None,
}


def broken(**changed: Any) -> list[str]:
    return [reason.check for reason in check(Evidence(**(RIGHT | changed)))]


def test_a_cell_that_adds_up_is_valid() -> None:
    assert broken() == []


@pytest.mark.parametrize("concurrency", [9.4, 10.6])
def test_littles_law_is_held_to_five_percent(concurrency: float) -> None:
    assert broken(concurrency=concurrency) == ["little"]
    assert broken(concurrency=(10 + concurrency) / 2) == []


@pytest.mark.parametrize(
    "times",
    [
        ResponseTime(mean=14.0, p50=10.0, p95=11.0, p99=12.0, p999=13.0, max=13.0),
        ResponseTime(mean=10.0, p50=12.0, p95=11.0, p99=12.0, p999=13.0, max=13.0),
        ResponseTime(mean=10.0, p50=10.0, p95=11.0, p99=14.0, p999=None, max=13.0),
    ],
    ids=["mean above max", "p50 above p95", "p99 above max"],
)
def test_response_times_must_not_contradict_each_other(times: ResponseTime) -> None:
    assert broken(rt_ms=times) == ["order"]


def test_client_and_server_must_count_the_same_but_for_what_was_given_up() -> None:
    assert broken(server_answered=1_001) == ["counts"]
    assert broken(server_answered=999) == ["counts"]
    assert broken(server_answered=1_002, given_up=2) == []
    assert broken(server_answered=1_003, given_up=2) == ["counts"]
    assert broken(server_answered=None) == []


def test_a_generator_at_its_limit_gives_a_lower_bound_only() -> None:
    reasons = check(Evidence(**(RIGHT | {"generator_core_share": 0.86})))
    assert [str(reason)[:29] for reason in reasons] == ["≥ 1,000/s, generator-bound: i"]
    assert broken(ceiling_qps=1_100.0) == ["generator"]
    assert broken(ceiling_qps=1_300.0) == []


def test_more_than_one_percent_of_errors_is_not_ranked_and_tells_the_kinds() -> None:
    assert broken(failed=10, errors={"reset": 10}) == []
    reasons = check(Evidence(**(RIGHT | {"failed": 11, "errors": {"reset": 11}, "first_error": "peer reset"})))
    assert reasons[0].reason == "11 of 1000 requests failed (reset × 11); the first: peer reset"


def test_requests_that_outlast_a_window_leave_the_percentiles_unknown() -> None:
    reasons = check(Evidence(**(RIGHT | {"outlasting": 5, "drained_max_ms": 3_000.0})))
    assert reasons[0].reason == "5 requests took up to 3.0 s, longer than a slice: percentiles above p99.5 are unknown"
    assert "--seconds 6" in reasons[0].remedy
    assert broken(outlasting=20, asked=10_000) == []
    assert broken(outlasting=21, asked=10_000) == ["outlasting"]


def test_a_load_that_had_not_settled_is_told() -> None:
    reasons = check(Evidence(**(RIGHT | {"change": -0.4})))
    assert reasons[0].reason == "the last third of its windows holds 40% fewer answers than the first"


def test_a_cell_without_a_request_says_so_and_nothing_else() -> None:
    assert broken(requests=0) == ["requests"]
    assert broken(requests=0, failed=1_000) == ["requests", "errors"]


def test_every_reason_comes_with_a_remedy() -> None:
    wrong = {"concurrency": 1.0, "server_answered": 0, "generator_core_share": 1.0, "failed": 500}
    assert all(reason.remedy and reason.reason for reason in check(Evidence(**(RIGHT | wrong))))
    assert len(broken(**wrong)) == 4
