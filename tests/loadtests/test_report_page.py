"""What a person sees on the page of a run, beside the figures."""

import dataclasses
import html as escaping
import re

import msgspec
import pytest

from loadtests.duet.conclude import DuetSummary, Found
from loadtests.measurement import plan
from loadtests.measurement.conclude import Ledger, conclude
from loadtests.measurement.result import Grid, Predicted, Summary
from loadtests.measurement.verdict import Control, Verdict
from loadtests.report.html import page
from loadtests.servers.lanes import LANES
from tests.loadtests.measured import HELLO, record, subject
from tests.loadtests.reports import BOUND, SICK, SOUND, cell_of, run, summary, sweep


def page_of(found: Summary) -> str:
    return page(run(), found)


def text_of(html: str) -> str:
    """What a reader sees of HTML, spaces collapsed."""
    body = re.sub(r"<(style|script)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(escaping.unescape(re.sub(r"<[^>]+>", "", body)).split())


def section(html: str, heading: str) -> str:
    """The part of a page below one of its headings of the second rank, which has this id."""
    at = html.index(f'<h2 id="{heading}">')
    return html[at : html.index("</section>", at)]


def cells_of(html: str, lane: str) -> list[str]:
    """The texts of the first row of a table that is a lane's."""
    at = re.search(rf'<th scope="row">(?:<a [^>]*>)?{lane}(?:</a>)?</th>', html)
    assert at is not None
    found = re.findall(r"<td[^>]*>(.*?)</td>", html[at.start() : html.index("</tr>", at.start())], re.DOTALL)
    return [text_of(cell) for cell in found]


def test_invalid_cells_keep_the_figures_that_hold() -> None:
    text = section(page_of(summary()), "work-hello")
    bound, sick = cells_of(text, BOUND), cells_of(text, SICK)
    assert (bound[1], sick[1]) == ("≥ 2,000", "not valid")
    assert [cells[5] for cells in (bound, sick)] == ["250", "500"]
    assert bound[-1].startswith("1 core of the generator ÷")


def test_the_reason_and_the_remedy_stand_below_the_cell_that_is_not_valid() -> None:
    found = summary()
    text = section(page_of(found), "work-hello")
    reason = next(cell.reasons[0] for cell in found.cells if cell.name == SICK)
    row = text[text.index('<tr class="why">', text.index(f">{SICK}<")) :]
    below = text_of(row[: row.index("</tr>")])
    assert below == f"✕ {SICK} is not valid: {reason.reason}. What to do: {reason.remedy}."


def test_the_page_shows_style_and_what_client_and_server_counted() -> None:
    text = page_of(summary())
    assert "sync" in cells_of(text[text.index("<caption>What the server used") :], SOUND)
    assert cells_of(text[text.index("<caption>Response times and counts") :], SOUND).count("6,000") == 3
    assert "1,000 · 1,000 · 1,000" in text


@pytest.mark.parametrize(
    ("scenario", "said"),
    [("hello", "servers on core 1, everything"), ("cpu", "servers on core 1 (under cpu on every core), everything")],
)
def test_the_page_says_which_work_had_every_core(scenario: str, said: str) -> None:
    found = summary()
    cells = [msgspec.structs.replace(cell, scenario=scenario) for cell in found.cells]
    details = [msgspec.structs.replace(detail, scenario=scenario) for detail in found.details]
    assert said in page_of(msgspec.structs.replace(found, cells=cells, details=details, verdicts=[], controls=[]))


def test_the_page_says_how_long_slices_are_at_least_as_the_plan_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "at least 0.5 s and 6 mean response times, or 1.5 s and 2.5 of them where these are longer than 0.25 s;"
    assert f"A slice lasts {said}" in text_of(section(page_of(summary()), "how"))
    monkeypatch.setattr(plan, "SLICE_IN_RT", 8.0)
    monkeypatch.setattr(plan, "LONG_SLICE_IN_RT", 3.0)
    said = "and 8 mean response times, or 2 s and 3 of them where these are longer than 0.25 s;"
    assert said in text_of(section(page_of(summary()), "how"))


def test_the_page_says_why_a_pair_was_left_open() -> None:
    lanes = (SOUND, SICK)
    ledger = Ledger([subject(lane) for lane in lanes])
    for lane in lanes:
        ledger.add(record(1, [10_000] * 200, lane=lane, concurrency=2.0))
    text = page_of(conclude(ledger, ceilings={}, rounds={str(HELLO): 1}, partial=False, warnings=[]).summary)
    assert text.count("<td>too few requests\n") == 1
    assert text.count("<td>too few rounds\n") >= 2


def test_the_page_shows_a_round_without_a_slice_in_its_place() -> None:
    one, known = cell_of(SOUND, 64)
    gaps = msgspec.structs.replace(known, qps_per_round=[None, 612.0, None, 634.0])
    found = msgspec.structs.replace(sweep(users=(64,)), cells=[one], details=[gaps], curves=[])
    text = page_of(found)
    assert cells_of(text[text.index("<caption>Requests/s round by round") :], SOUND) == [
        "612", "634", "–", "–", "– · 612 · – · 634",
    ]  # fmt: skip


def test_the_intervals_that_charts_draw_stand_in_a_table_too() -> None:
    one, known = cell_of(SOUND, 64)
    apart = msgspec.structs.replace(known, qps_per_round=[630.0, 640.0, 650.0], cpu_us_per_round=[690.0, 700.0, 710.0])
    found = msgspec.structs.replace(sweep(users=(64,)), cells=[one], details=[apart], curves=[])
    text = page_of(found)
    # Student's t of two degrees of freedom is 4.303: 4.303 · 10 ÷ √3 = 24.8.
    assert cells_of(text[text.index("<caption>Requests/s round by round") :], SOUND)[2:4] == [
        "615 to 665",
        "675 to 725",
    ]
    sick = msgspec.structs.replace(found, cells=[msgspec.structs.replace(one, valid=False)])
    text = page_of(sick)
    assert cells_of(text[text.index("<caption>Requests/s round by round") :], SOUND)[2:4] == ["", "675 to 725"]


def test_a_sweep_is_one_table_of_all_its_loads_and_a_place_for_each() -> None:
    text = page_of(sweep())
    overview = section(text, "overview")
    assert "<caption>Wait, load by load</caption>" in overview
    served = [20, 40, 80, 160, 320, 640, 640, 640, 640, 640]
    assert [int(one.split()[0]) for one in cells_of(overview, SOUND)] == served
    assert all(f'<details id="load-wait-{users}-users">' in text for users in (2, 4, 512))
    assert "32 threads ÷ 50 ms = 640/s" in text


def test_a_table_of_an_experiments_own_stands_on_the_page() -> None:
    grid = Grid(title="leaks", columns=["lane", "global"], rows=[["fastapi-coroutine", "< 2,000"]])
    text = page_of(msgspec.structs.replace(sweep(users=(64,)), grids=[grid]))
    assert text_of(section(text, "tables")).endswith("Leaks laneglobal fastapi-coroutine< 2,000")


def test_the_address_of_a_flame_graph_holds_for_every_name_and_says_where_it_lies() -> None:
    found = sweep(("flask-thread size=50%#1",), users=(64,))
    about = msgspec.structs.replace(run(), flames={"wait-64-flask-thread-size=50%#1": "flames/wait-50%#1.svg"})
    html = page(about, found)
    assert """<a class="small" href="flames/wait-50%25%231.svg">flame graph (in the run's folder)</a>""" in html


def test_a_run_that_was_stopped_before_its_first_cell_says_so() -> None:
    nothing = msgspec.structs.replace(sweep(users=(64,)), cells=[], details=[], curves=[], sentences=[], partial=True)
    html = page_of(nothing)
    assert text_of(section(html, "answer")) == "The answer Nothing was measured, so nothing can be recommended."
    assert "no cell was measured" in html


@pytest.mark.parametrize(("users", "said"), [((64,), "1 of 1 cell is valid."), ((32, 64), "2 of 2 cells are valid.")])
def test_how_many_cells_are_valid_is_said_in_good_english(users: tuple[int, ...], said: str) -> None:
    assert said in page_of(sweep(users=users))


def test_what_could_not_be_made_equal_is_on_the_page() -> None:
    noted = next(lane for lane in LANES.values() if lane.note)
    found = sweep(users=(64,))
    cells = [msgspec.structs.replace(cell, lane=noted.name) for cell in found.cells]
    text = text_of(section(page_of(msgspec.structs.replace(found, cells=cells)), "how"))
    assert f"What could not be made equal to the other lanes: {noted.name}: {noted.note}." in text
    assert "could not be made equal" not in page_of(found)


def test_names_cannot_break_the_page() -> None:
    text = page_of(sweep(("<b>&\"lane'</script>",)))
    assert "<b>&" not in text
    assert text.count("<script") == text.count("</script>")


def test_the_page_shows_what_the_control_can_tell_and_that_it_failed() -> None:
    control = Control(
        lane=SOUND, scenario="wait", users=64, metric="qps", ratio=1.01, low=0.97, high=1.05, half_width=0.04,
        agrees=True, rounds=9,
    )  # fmt: skip
    found = sweep(users=(64,))
    text = page_of(msgspec.structs.replace(found, controls=[control]))
    assert "requests/s 1.01 [0.97, 1.05], so differences below 4% cannot be told" in text_of(text)
    assert "✓ it agrees; differences below 4% cannot be told" in text
    bad = page_of(msgspec.structs.replace(found, controls=[msgspec.structs.replace(control, low=1.03, agrees=False)]))
    assert "Untrusted: flask-thread differs from itself" in text_of(bad)
    assert "Do not trust this: flask-thread differs from itself" in text_of(section(bad, "answer"))


def test_an_open_load_shows_which_arrivals_were_late_or_dropped() -> None:
    cell, detail = cell_of(SOUND, 1_000, rate=300.0, limiter="rate")
    detail = msgspec.structs.replace(
        detail, rate=300.0, arrivals_due=900, arrivals_late=7, arrivals_dropped=3,
        ceilings=[Predicted(limiter="rate", qps=300, formula="300/s arriving")],
    )  # fmt: skip
    found = msgspec.structs.replace(sweep(users=(64,)), cells=[cell], details=[detail], curves=[])
    assert cells_of(section(page_of(found), "work-wait"), SOUND)[-4:] == ["900", "7", "3", "300/s arriving"]


def test_an_undecided_pair_says_how_many_rounds_would_decide_it() -> None:
    verdict = Verdict(
        a=SOUND, b=BOUND, scenario="wait", users=64, metric="qps", ratio=1.05, low=0.9, high=1.2, verdict="undecided",
        rounds=3, rounds_needed=40,
    )  # fmt: skip
    text = page_of(msgspec.structs.replace(sweep(users=(64,)), verdicts=[verdict]))
    assert "about 40 rounds would decide it" in text


def test_only_what_is_not_surely_beaten_is_bold_whatever_its_rank() -> None:
    faster = Verdict(
        a=SOUND, b=SICK, scenario="wait", users=64, metric="qps", ratio=2.0, low=1.9, high=2.1, verdict="faster",
        rounds=9,
    )  # fmt: skip
    text = page_of(msgspec.structs.replace(sweep((SOUND, SICK), users=(64,)), verdicts=[faster]))
    bold = re.findall(r'<tr data-cell="(\d+)" class="lead">', text)
    assert bold == ["0"]
    assert len(re.findall(r'<td data-cell="\d+" class="lead', text)) == 1


def marks(found: Summary) -> dict[str, str]:
    """The ranks of the overview by lane."""
    table = section(page_of(found), "overview")
    rows = re.findall(r'<tr><th scope="row">([^<]+)</th>(.*?)</tr>', table, re.DOTALL)
    return {lane: "".join(re.findall(r'<span class="mark" [^>]*>([^<]*)</span>', row)) for lane, row in rows}


def test_a_lane_that_is_surely_beaten_shows_no_first_rank_though_it_shares_it() -> None:
    faster = Verdict(
        a=SOUND, b=SICK, scenario="wait", users=64, metric="qps", ratio=2.0, low=1.9, high=2.1, verdict="faster",
        rounds=9,
    )  # fmt: skip
    found = sweep((SOUND, SICK, BOUND), users=(64,))
    assert marks(found) == {SOUND: "=1", SICK: "=1", BOUND: "=1"}
    assert marks(msgspec.structs.replace(found, verdicts=[faster])) == {SOUND: "=1", SICK: "", BOUND: "=1"}


def test_a_lane_that_nothing_is_compared_with_is_no_winner() -> None:
    found = sweep((SOUND,), users=(64,))
    html = page_of(found)
    assert marks(found) == {SOUND: ""}
    assert cells_of(section(html, "work-wait"), SOUND)[0] == ""
    assert 'class="lead' not in html
    several = page_of(sweep((SOUND, SICK), users=(64,)))
    assert [cells_of(section(several, "work-wait"), lane)[0] for lane in (SOUND, SICK)] == ["1", "1"]


def test_a_duet_is_told_as_one_with_neither_ranks_nor_ceilings() -> None:
    duet = Found(
        starts=3, windows=2, fair_shares=False, core_share_a=0.5, half_width={}, between_starts=None,
        between_windows=None, forced=[],
    )  # fmt: skip
    found = sweep((SOUND, SICK), users=(64,))
    fields = {name: getattr(found, name) for name in found.__struct_fields__}
    text = page_of(DuetSummary(**fields, duet=duet))
    assert "Both sides are loaded at the same moment" in text
    assert "could not be told to give each half" in text_of(text)
    assert "loaded alone" not in text
    assert "what ran out" not in text
    assert "share a rank" not in text


def test_nothing_on_the_page_is_loaded_from_anywhere() -> None:
    text = re.sub(r"(<script\b[^>]*>).*?</script>", r"\1</script>", page_of(summary()), flags=re.DOTALL)
    assert not re.search(r'<(?:script|img|iframe|source|link)[^>]*(?:src|href)="(?!data:)', text)
    assert "@import" not in text
    assert "url(" not in text
    assert "default-src 'none'" in text


def test_each_link_within_the_page_leads_somewhere_and_no_place_exists_twice() -> None:
    for found in (summary(), sweep()):
        text = page_of(found)
        places = re.findall(r'\bid="([^"]+)"', text)
        assert len(places) == len(set(places))
        assert set(re.findall(r'href="#([^"]+)"', text)) <= set(places)


def test_a_lane_of_a_fourth_framework_has_a_page_and_no_code(monkeypatch: pytest.MonkeyPatch) -> None:
    own = dataclasses.replace(LANES[SOUND], name="my-own", app="bottle", model="fibre")
    monkeypatch.setitem(LANES, "my-own", own)
    found = sweep()
    cells = [msgspec.structs.replace(cell, lane="my-own", name="my-own") for cell in found.cells]
    details = [msgspec.structs.replace(detail, name="my-own") for detail in found.details]
    text = page_of(msgspec.structs.replace(found, cells=cells, details=details, curves=[]))
    assert '<th scope="row">my-own</th>' in text
    assert 'href="#code-wait-bottle' not in text
