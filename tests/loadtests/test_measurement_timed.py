"""Cells of open loads, whose response times are of what was due in the windows and not of what ended in them."""

import pytest

from loadtests.measurement import histogram
from loadtests.measurement.cells import merge
from loadtests.measurement.group import Group
from tests.loadtests.measured import encoded, record, subject

pytestmark = pytest.mark.alone

OPEN = subject(group=Group(scenario="hello", users=10, rate=100.0))


def test_histograms_are_counted() -> None:
    assert [histogram.counted(text) for text in ("", encoded([]), encoded([5, 7, 7]))] == [0, 0, 3]


def test_a_mean_weighs_each_round_by_the_requests_that_were_timed_in_it() -> None:
    short = record(1, [10_000] * 100, due=100)
    # Half of what was due in this window was answered after it, and was timed all the same.
    waited = record(2, [10_000] * 100 + [500_000] * 100, due=200, window_requests=100)
    cell = merge(OPEN, [short, waited]).cell
    assert cell.rt_ms.mean == pytest.approx((200 * 10 + 100 * 500) / 300)
    assert cell.rt_ms.p95 == pytest.approx(500, rel=0.001)
    assert cell.requests == 200
    assert "order" not in {reason.check for reason in cell.reasons}


def test_a_cell_whose_answers_all_came_after_the_window_shows_how_long_they_took() -> None:
    stalled = record(1, [700_000] * 200, due=200, window_requests=0, window_thirds=(0, 0, 0), rt_mean_all_us=None)
    merged = merge(OPEN, [stalled])
    assert merged.cell.rt_ms.mean == pytest.approx(700)
    assert merged.cell.rt_ms.p50 == pytest.approx(700, rel=0.001)
    assert {reason.check for reason in merged.cell.reasons} >= {"requests"}
