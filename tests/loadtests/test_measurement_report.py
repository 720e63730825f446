"""What a person reads at the end: the table in the terminal and the page."""

import io
import re

import msgspec
import pytest
from rich.console import Console

from loadtests.measurement import about
from loadtests.measurement.conclude import Ledger, conclude
from loadtests.measurement.cores import Cores
from loadtests.measurement.result import Summary
from loadtests.measurement.wish import Wish
from loadtests.report import terminal
from loadtests.report.html import page
from loadtests.report.numbers import number
from tests.loadtests.measured import HELLO, SECOND_NS, record, subject

SOUND, BOUND, SICK = "flask-thread", "fastapi-coroutine", "django-thread"


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
    start = re.search(rf'<td class="name[^"]*">{lane}</td>', html).start()
    found = re.findall(r"<td[^>]*>(.*?)</td>", html[start : html.index("</tr>", start)], re.DOTALL)
    return [cell.strip() for cell in found]


def test_the_terminal_says_what_a_rank_is() -> None:
    text = printed(summary())
    assert "The rank is one more than the number of lanes that surely serve more" in text
    assert "not told apart" not in text


def test_invalid_cells_keep_the_figures_that_hold_in_the_terminal() -> None:
    text = printed(summary())
    bound = row(text, BOUND).split()
    assert bound[:6] == ["–", BOUND, "≥", "2,000", "250", "1"]
    assert "1 core of the generator" in " ".join(bound)
    assert row(text, SICK).split()[:4] == ["–", SICK, "not", "valid"]


def html(*, rounds: int = 6, scenario: str = "hello") -> str:
    cores = Cores(servers=frozenset({1}), others=frozenset({0}))
    asked = Wish(
        lanes=(SOUND,), scenarios=(scenario,), users=(10,), rounds=rounds, seconds=0.5, seed=1, server_cores=None,
        stack="current",
    )  # fmt: skip
    found = summary(rounds)
    cells = [msgspec.structs.replace(cell, scenario=scenario) for cell in found.cells]
    details = [msgspec.structs.replace(detail, scenario=scenario) for detail in found.details]
    return page(about.run(asked, cores), msgspec.structs.replace(found, cells=cells, details=details))


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
    cores = Cores(servers=frozenset({1}), others=frozenset({1}))
    asked = Wish(
        lanes=lanes, scenarios=("hello",), users=(10,), rounds=1, seconds=0.5, seed=1, server_cores=None,
        stack="current",
    )  # fmt: skip
    text = page(about.run(asked, cores), found)
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
