"""What a person reads in the terminal: the tables at the end, and the live one."""

import io
import re

import msgspec
import pytest
from rich.console import Console

from loadtests.measurement.result import Grid, Predicted, Summary
from loadtests.measurement.verdict import Control
from loadtests.report import terminal
from loadtests.report.live import Watch
from loadtests.report.numbers import number
from tests.loadtests.measured import record
from tests.loadtests.reports import BOUND, LEVELS, SICK, SOUND, cell_of, summary, sweep


def printed(found: Summary) -> str:
    console = Console(width=terminal.WIDTH, file=io.StringIO())
    with console.capture() as captured:
        terminal.show(found, "run", console)
    return captured.get()


def row(text: str, lane: str) -> str:
    return next(line for line in text.splitlines() if re.match(rf"\s*\S?\s*{lane} ", line))


def widest(text: str) -> int:
    return max(len(line.rstrip()) for line in text.splitlines() if "Everything is in" not in line)


def test_the_terminal_says_what_a_rank_is() -> None:
    text = printed(summary())
    assert "Lanes share a rank where they were not told apart, or each was not from a third" in text


def test_a_lane_that_stands_alone_has_no_rank_in_the_terminal() -> None:
    assert row(printed(sweep(users=(64,))), SOUND).split()[:2] == [SOUND, "640"]
    both = printed(sweep((SOUND, SICK), users=(64,)))
    assert [row(both, lane).split()[:2] for lane in (SOUND, SICK)] == [["1", SOUND], ["1", SICK]]
    assert "none has a rank, nor has a lane that stands alone" in " ".join(printed(summary()).split())


def test_invalid_cells_keep_the_figures_that_hold_in_the_terminal() -> None:
    text = printed(summary())
    bound = row(text, BOUND).split()
    assert bound[:6] == ["–", BOUND, "≥", "2,000", "250", "1"]
    assert "1 core of the generator" in " ".join(bound)
    assert row(text, SICK).split()[:4] == ["–", SICK, "not", "valid"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"), (0, "0"), (12, "12"), (123_456.7, "123,457"), (12.345, "12.3"), (1.234, "1.23"),
        (0.98, "0.980"), (0.004, "0.00400"), (0.00414, "0.00414"), (-0.5, "-0.500"),
    ],
)  # fmt: skip
def test_numbers_have_three_figures_that_count(value: float | None, shown: str) -> None:
    assert number(value) == shown


def test_a_sweep_is_one_table_of_all_numbers_of_users_with_what_limits_at_the_most() -> None:
    text = printed(sweep())
    assert row(text, SOUND).split() == [SOUND, "20", "40", "80", "160", "320", "640", "640", "640", "640", "640"]
    assert "32 threads ÷ 50 ms = 640/s" in text
    assert "wait, 512 users: something." in text
    assert "wait, 64 users: something." not in text


def test_nothing_in_the_terminal_is_wider_than_it_is_allowed_to_be() -> None:
    long = "fastapi-process workers=16 threads=64 pool=32 cores=2"
    assert widest(printed(sweep((SOUND, long)))) <= terminal.WIDTH
    assert widest(printed(sweep((SOUND, long), users=(64,)))) <= terminal.WIDTH
    assert widest(printed(summary())) <= terminal.WIDTH


def test_the_live_table_shows_the_columns_measured_last_as_far_as_they_fit() -> None:
    watch = Watch()
    for users in (*LEVELS, 4):
        watch.record(msgspec.structs.replace(record(1, [10_000]), scenario="wait", users=users))
    assert list(watch.columns(60)) == ["wait × 4", "wait × 128", "wait × 256", "wait × 512"]
    assert len(watch.columns(200)) == len(LEVELS)


def test_a_table_of_an_experiments_own_stands_in_the_terminal() -> None:
    carriers = ("framework", "global", "thread-local", "ident-dict", "werkzeug-local", "asgiref-local", "contextvar")
    grid = Grid(title="leaks", columns=["lane", *carriers], rows=[["fastapi-coroutine", *["< 2,000"] * 6, ""]])
    found = msgspec.structs.replace(sweep(users=(64,)), grids=[grid])
    assert row(printed(found), "fastapi-coroutine").split() == ["fastapi-coroutine", *["<", "2,000"] * 6]
    assert widest(printed(found)) <= terminal.WIDTH


def test_the_terminal_says_that_the_control_failed() -> None:
    control = Control(
        lane=SOUND, scenario="wait", users=64, metric="qps", ratio=1.05, low=1.03, high=1.07, half_width=0.02,
        agrees=False, rounds=9,
    )  # fmt: skip
    found = msgspec.structs.replace(sweep(users=(64,)), controls=[control])
    assert "UNTRUSTED: flask-thread differs from itself" in printed(found)


def test_the_terminal_shows_which_arrivals_of_an_open_load_were_late_or_dropped() -> None:
    cell, detail = cell_of(SOUND, 1_000, rate=300.0, limiter="rate")
    detail = msgspec.structs.replace(
        detail, rate=300.0, arrivals_due=900, arrivals_late=7, arrivals_dropped=3,
        ceilings=[Predicted(limiter="rate", qps=300, formula="300/s arriving")],
    )  # fmt: skip
    found = msgspec.structs.replace(sweep(users=(64,)), cells=[cell], details=[detail], curves=[])
    assert "900 arrivals were due, 7 came late and 3 were dropped" in printed(found)
    assert "300/s arriving" in printed(found)
