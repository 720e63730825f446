"""p99 is compared over blocks of rounds that hold enough requests to show it."""

import pytest

from loadtests.measurement.conclude import Conclusion, Ledger, conclude
from loadtests.measurement.tails import tails
from loadtests.messages import Slice
from tests.loadtests.measured import HELLO, client, record, subject

A, B = "flask-thread", "django-thread"


def slices(size: int, rounds: int, slow_us: int = 50_000) -> list[Slice | None]:
    """Rounds of `size` requests, the last one and a half percent of which are slow."""
    slow = max(2, size * 15 // 1_000)
    return [client([10_000] * (size - slow) + [slow_us] * slow) for _ in range(rounds)]


def test_rounds_with_enough_requests_are_their_own_blocks() -> None:
    found = tails({"a": slices(400, 5), "b": slices(300, 5)})
    assert (len(found.per_block["a"]), len(found.per_block["b"]), found.too_few) == (5, 5, [])


def test_all_lanes_are_pooled_in_the_blocks_that_the_slowest_needs() -> None:
    found = tails({"a": slices(1_000, 12), "b": slices(80, 12), "c": slices(160, 12)})
    assert {lane: len(values) for lane, values in found.per_block.items()} == {"a": 3, "b": 3, "c": 3}
    assert found.per_block["b"] == pytest.approx([50] * 3, rel=0.002)
    assert found.rounds_per_block == 4


def test_a_lane_with_too_few_requests_does_not_take_the_others_rounds() -> None:
    found = tails({"a": slices(1_000, 6), "b": slices(149, 6)})
    assert len(found.per_block["a"]) == 6
    assert found.too_few == ["b"]


def test_a_slice_that_counts_for_nothing_is_a_gap() -> None:
    gap: list[Slice | None] = [*slices(400, 2), None, *slices(400, 2)]
    found = tails({"a": gap, "b": slices(400, 5)})
    assert [value is None for value in found.per_block["a"]] == [False, False, True, False, False]


def test_rounds_that_were_not_run_are_left_out() -> None:
    rest: list[Slice | None] = [None] * 20
    found = tails({"a": slices(400, 4) + rest, "b": slices(400, 4) + rest})
    assert len(found.per_block["a"]) == 4


def test_no_lanes_and_no_rounds_have_no_tails() -> None:
    assert tails({}).per_block == {}
    assert tails({"a": [], "b": []}).too_few == ["a", "b"]


def concluded(size: int, rounds: int = 6) -> Conclusion:
    ledger = Ledger([subject(A), subject(B)])
    for number in range(1, rounds + 1):
        for lane, slow_us in ((A, 20_000), (B, 50_000)):
            slow = max(1, size * 15 // 1_000)
            micros = [10_000] * (size - slow) + [slow_us + number] * slow
            ledger.add(record(number, micros, lane=lane))
    return conclude(ledger, ceilings={}, rounds={str(HELLO): rounds}, partial=False, warnings=["w"])


def test_p99_of_few_requests_is_listed_as_undecided_with_the_reason_and_the_ratio_of_all_rounds() -> None:
    summary = concluded(110).summary
    (found,) = [verdict for verdict in summary.verdicts if verdict.metric == "p99_ms"]
    assert (found.a, found.b, found.verdict, found.low, found.high) == (A, B, "undecided", None, None)
    times = {cell.lane: cell.rt_ms.p99 or 0.0 for cell in summary.cells}
    assert found.ratio == pytest.approx(times[A] / times[B])
    assert summary.warnings[0] == "w"
    assert f"hello, 10 users: too few requests to compare the p99 of {A}, {B}" in summary.warnings[1]


def test_p99_of_very_few_requests_has_no_ratio_and_is_listed_all_the_same() -> None:
    (found,) = [verdict for verdict in concluded(10).summary.verdicts if verdict.metric == "p99_ms"]
    assert (found.ratio, found.verdict) == (None, "undecided")


def test_p99_of_enough_requests_is_decided_and_agrees_with_the_cells() -> None:
    summary = concluded(200).summary
    (found,) = [verdict for verdict in summary.verdicts if verdict.metric == "p99_ms"]
    assert (found.verdict, found.rounds) == ("faster", 3)
    times = {cell.lane: cell.rt_ms.p99 or 0.0 for cell in summary.cells}
    assert found.ratio == pytest.approx(times[A] / times[B], rel=0.02)
    assert summary.warnings == ["w"]
