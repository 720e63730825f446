"""What a person reads at the end: the table in the terminal and the page."""

import functools
import io
import re
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest
from rich.console import Console

from loadtests.duet.conclude import DuetSummary, Found
from loadtests.measurement import about
from loadtests.measurement.about import Run
from loadtests.measurement.conclude import Ledger, conclude
from loadtests.measurement.cores import Cores
from loadtests.measurement.result import Cell, Detail, Grid, Predicted, ResponseTime, Summary
from loadtests.measurement.usl import curves
from loadtests.measurement.verdict import Control, Verdict
from loadtests.measurement.wish import Wish
from loadtests.report import terminal
from loadtests.report.html import page
from loadtests.report.live import Watch
from loadtests.report.numbers import number
from tests.loadtests.measured import HELLO, SECOND_NS, record, subject

SOUND, BOUND, SICK = "flask-thread", "fastapi-coroutine", "django-thread"


@functools.cache
def run() -> Run:
    """What a run is, with versions that an interpreter is asked for only once."""
    asked = Wish(
        lanes=(SOUND,), scenarios=("hello",), users=(10,), rounds=3, seconds=0.5, seed=1, server_cores=None,
        stack="current",
    )  # fmt: skip
    return about.run(asked, Cores(servers=frozenset({1}), others=frozenset({0})))


def summary(rounds: int = 6) -> Summary:
    """One sound lane, one that was too fast for the generator, and one that contradicts Little's law."""
    ledger = Ledger([subject(lane) for lane in (SOUND, BOUND, SICK)])
    for round_number in range(1, rounds + 1):
        ledger.add(record(round_number, [10_000] * 1_000, lane=SOUND))
        ledger.add(record(round_number, [5_000] * 2_000, lane=BOUND, cpu_ns=SECOND_NS))
        ledger.add(record(round_number, [10_000] * 1_000, lane=SICK, concurrency=1.0))
    return conclude(ledger, ceilings={}, rounds={str(HELLO): rounds}, partial=False, warnings=[]).summary


def printed(found: Summary) -> str:
    console = Console(width=terminal.WIDTH, file=io.StringIO())
    with console.capture() as captured:
        terminal.show(found, "run", console)
    return captured.get()


def row(text: str, lane: str) -> str:
    return next(line for line in text.splitlines() if re.match(rf"\s*\S?\s*{lane} ", line))


def cells_of(html: str, lane: str) -> list[str]:
    named = re.search(rf'<td class="name[^"]*">{lane}</td>', html)
    assert named is not None
    start = named.start()
    found = re.findall(r"<td[^>]*>(.*?)</td>", html[start : html.index("</tr>", start)], re.DOTALL)
    return [cell.strip() for cell in found]


def test_the_terminal_says_what_a_rank_is() -> None:
    text = printed(summary())
    assert "Lanes share a rank where they were not told apart, or each was not from a third" in text


def test_invalid_cells_keep_the_figures_that_hold_in_the_terminal() -> None:
    text = printed(summary())
    bound = row(text, BOUND).split()
    assert bound[:6] == ["–", BOUND, "≥", "2,000", "250", "1"]
    assert "1 core of the generator" in " ".join(bound)
    assert row(text, SICK).split()[:4] == ["–", SICK, "not", "valid"]


def html(*, rounds: int = 6, scenario: str = "hello") -> str:
    found = summary(rounds)
    cells = [msgspec.structs.replace(cell, scenario=scenario) for cell in found.cells]
    details = [msgspec.structs.replace(detail, scenario=scenario) for detail in found.details]
    return page(run(), msgspec.structs.replace(found, cells=cells, details=details))


def test_invalid_cells_keep_the_figures_that_hold_in_the_page() -> None:
    text = html()
    bound, sick = cells_of(text, BOUND), cells_of(text, SICK)
    assert (bound[1], sick[1]) == ("≥ 2,000", "not valid")
    assert [cells[5] for cells in (bound, sick)] == ["250", "500"]
    assert bound[-1].startswith("1 core of the generator ÷")
    assert "Little&#39;s law is off" in text


def test_the_page_shows_style_and_what_client_and_server_counted() -> None:
    text = html()
    sound = cells_of(text[text.index("All that was counted") :], SOUND)
    assert "sync" in sound
    assert sound.count("6,000") == 3
    assert "1,000 · 1,000 · 1,000" in text


def test_the_page_says_which_work_had_every_core() -> None:
    assert "servers on core 1, everything else on 0" in html()
    assert "servers on core 1 (under cpu on every core), everything else on 0" in html(scenario="cpu")


def test_the_page_says_why_a_pair_was_left_open() -> None:
    lanes = (SOUND, SICK)
    ledger = Ledger([subject(lane) for lane in lanes])
    for lane in lanes:
        ledger.add(record(1, [10_000] * 200, lane=lane, concurrency=2.0))
    found = conclude(ledger, ceilings={}, rounds={str(HELLO): 1}, partial=False, warnings=[]).summary
    text = page(run(), found)
    assert text.count('soft">too few requests<') == 1
    assert text.count('soft">too few rounds<') >= 2


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"), (0, "0"), (12, "12"), (123_456.7, "123,457"), (12.345, "12.3"), (1.234, "1.23"),
        (0.98, "0.980"), (0.004, "0.00400"), (0.00414, "0.00414"), (-0.5, "-0.500"),
    ],
)  # fmt: skip
def test_numbers_have_three_figures_that_count(value: float | None, shown: str) -> None:
    assert number(value) == shown


def cell_of(name: str, users: int, **changed: Any) -> tuple[Cell, Detail]:
    """A sound cell of a sweep under `wait`, whose threads run out at 640 requests/s."""
    served = min(users * 20.0, 640.0)
    cell = Cell(
        name=name, lane="flask-thread", stack="current", style="sync", workers=1, cores=[1], scenario="wait",
        params={"ms": 50}, users=users, qps=served, rt_ms=ResponseTime(p50=50.0, p99=51.0 * max(1, users / 32)),
        cpu_us_per_request=700.0, rss_bytes=2**26, limiter="threads" if users > 32 else "users", valid=True, reasons=[],
    )  # fmt: skip
    threads = Predicted(limiter="threads", qps=640, formula="32 threads ÷ 50 ms = 640/s")
    alone = Predicted(limiter="users", qps=users * 20, formula=f"{users} users ÷ 50 ms = {users * 20}/s")
    detail = Detail(
        name=name, scenario="wait", users=users, rank=1, rounds=3, qps_per_round=[served] * 3, alone_ms=50.0,
        ceilings=sorted([threads, alone], key=lambda each: each.qps),
    )  # fmt: skip
    return msgspec.structs.replace(cell, **changed), detail


LEVELS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


def sweep(names: tuple[str, ...] = (SOUND,), users: tuple[int, ...] = LEVELS) -> Summary:
    rows = [cell_of(name, count) for count in users for name in names]
    said = [f"wait, {count} user{'' if count == 1 else 's'}: something." for count in users]
    found = Summary(
        schema_version=1, partial=False, cells=[cell for cell, _ in rows], verdicts=[],
        details=[detail for _, detail in rows], sentences=said, warnings=[],
    )  # fmt: skip
    return msgspec.structs.replace(found, curves=curves(found, 1))


def widest(text: str) -> int:
    return max(len(line.rstrip()) for line in text.splitlines() if "Everything is in" not in line)


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


def page_of(found: Summary) -> str:
    return page(run(), found)


def pictures(text: str) -> list[ET.Element]:
    return [ET.fromstring(each) for each in re.findall(r"<svg.*?</svg>", text, re.DOTALL)]  # noqa: S314 - ours


def test_the_page_shows_a_round_without_a_slice_in_its_place() -> None:
    one, known = cell_of(SOUND, 64)
    gaps = msgspec.structs.replace(known, qps_per_round=[None, 612.0, None, 634.0])
    found = msgspec.structs.replace(sweep(users=(64,)), cells=[one], details=[gaps])
    assert '<td>612</td><td>634</td>\n<td class="text">– · 612 · – · 634</td>' in page_of(found)


def test_the_page_draws_a_sweep_with_the_predicted_ceiling() -> None:
    text = page_of(sweep())
    served, waited, panel = pictures(text)
    assert [each.get("aria-label") for each in (served, waited)] == [
        "wait: requests per second over users",
        "wait: p99 over users",
    ]
    assert len(served.findall("circle")) == 10
    ceiling = panel.find("polyline[@class='ceiling c0']")
    assert ceiling is not None
    measured = panel.find("polyline[@class='measured c0']")
    assert measured is not None
    places = [line.get("points", "").split() for line in (ceiling, measured)]
    # It rises with the users to the 32 that have a thread each, as they were measured.
    assert places[0] == [places[1][0], places[1][5], places[1][-1]]
    assert "32 threads ÷ 50 ms = 640/s" in text


def test_a_table_of_an_experiments_own_stands_in_the_terminal_and_on_the_page() -> None:
    carriers = ("framework", "global", "thread-local", "ident-dict", "werkzeug-local", "asgiref-local", "contextvar")
    grid = Grid(title="leaks", columns=["lane", *carriers], rows=[["fastapi-coroutine", *["< 2,000"] * 6, ""]])
    found = msgspec.structs.replace(sweep(users=(64,)), grids=[grid])
    assert row(printed(found), "fastapi-coroutine").split() == ["fastapi-coroutine", *["<", "2,000"] * 6]
    assert widest(printed(found)) <= terminal.WIDTH
    text = page_of(found)
    assert '<tr><td class="name">fastapi-coroutine</td><td>&lt; 2,000</td>' in text
    assert "<h2>Leaks</h2>" in text


def test_names_cannot_break_the_page() -> None:
    text = page_of(sweep(("<b>&\"lane'",)))
    assert "<b>&" not in text
    assert len(pictures(text)) == 3


def test_the_page_shows_what_the_control_can_tell_and_that_it_failed() -> None:
    control = Control(
        lane=SOUND, scenario="wait", users=64, metric="qps", ratio=1.01, low=0.97, high=1.05, half_width=0.04,
        agrees=True, rounds=9,
    )  # fmt: skip
    found = sweep(users=(64,))
    text = page_of(msgspec.structs.replace(found, controls=[control]))
    assert "requests/s 1.01 [0.97, 1.05], so differences below 4% cannot be told" in text
    bad = msgspec.structs.replace(control, low=1.03, agrees=False)
    assert "Untrusted: flask-thread differs from itself" in page_of(msgspec.structs.replace(found, controls=[bad]))
    assert "UNTRUSTED: flask-thread differs from itself" in printed(msgspec.structs.replace(found, controls=[bad]))


def test_an_open_load_shows_which_starts_were_late_or_dropped() -> None:
    cell, detail = cell_of(SOUND, 1_000, rate=300.0, limiter="rate")
    detail = msgspec.structs.replace(
        detail, rate=300.0, arrivals_due=900, arrivals_late=7, arrivals_dropped=3,
        ceilings=[Predicted(limiter="rate", qps=300, formula="300/s arriving")],
    )  # fmt: skip
    found = msgspec.structs.replace(sweep(users=(64,)), cells=[cell], details=[detail], curves=[])
    assert "900 arrivals were due, 7 came late and 3 were dropped" in printed(found)
    assert "300/s arriving" in printed(found)
    assert cells_of(page_of(found), SOUND)[-3:] == ["900", "7", "3"]


def test_an_undecided_pair_says_how_many_rounds_would_decide_it() -> None:
    verdict = Verdict(
        a=SOUND, b=BOUND, scenario="wait", users=64, metric="qps", ratio=1.05, low=0.9, high=1.2, verdict="undecided",
        rounds=3, rounds_needed=40,
    )  # fmt: skip
    text = page_of(msgspec.structs.replace(sweep(users=(64,)), verdicts=[verdict]))
    assert "about 40 rounds would decide it" in text


def test_the_live_table_shows_the_columns_measured_last_as_far_as_they_fit() -> None:
    watch = Watch()
    for users in (*LEVELS, 4):
        watch.record(msgspec.structs.replace(record(1, [10_000]), scenario="wait", users=users))
    assert list(watch.columns(60)) == ["wait × 4", "wait × 128", "wait × 256", "wait × 512"]
    assert len(watch.columns(200)) == len(LEVELS)


def test_only_what_is_not_surely_beaten_is_bold_whatever_its_rank() -> None:
    faster = Verdict(
        a=SOUND, b=SICK, scenario="wait", users=64, metric="qps", ratio=2.0, low=1.9, high=2.1, verdict="faster",
        rounds=9,
    )  # fmt: skip
    text = page_of(msgspec.structs.replace(sweep((SOUND, SICK), users=(64,)), verdicts=[faster]))
    assert f'<td class="name best">{SOUND}</td>' in text
    assert f'<td class="name">{SICK}</td>' in text


def test_a_duet_is_told_as_one_with_neither_ranks_nor_ceilings() -> None:
    duet = Found(
        starts=3, windows=2, fair_shares=False, core_share_a=0.5, half_width={}, between_starts=None,
        between_windows=None, forced=[],
    )  # fmt: skip
    found = sweep((SOUND, SICK), users=(64,))
    fields = {name: getattr(found, name) for name in found.__struct_fields__}
    text = page(run(), DuetSummary(**fields, duet=duet))
    assert "Both sides are loaded at the same moment" in text
    assert "could not be\ntold to give each half" in text
    assert "loaded alone" not in text
    assert "ceiling</th>" not in text
    assert "share a rank" not in text
