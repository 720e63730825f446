"""`trilane diff --html`: two runs side by side as a page."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from backing.problem import Problem
from loadtests.commands.diff import diff
from loadtests.measurement.comparable import read
from loadtests.measurement.difference import Difference, difference
from loadtests.measurement.result import ResponseTime
from loadtests.report.difference import difference_page, words
from tests.loadtests.pages import disagreeing, figures
from tests.loadtests.past import NOISY, about, cell, summary, tailless, written
from tests.loadtests.test_commands import trilane
from tests.loadtests.test_difference import rounds
from tests.loadtests.test_report_page import section, text_of

LANES = ("flask-thread", "fastapi-coroutine", "django-thread")


def compared(tmp_path: Path) -> tuple[Difference, str]:
    """Two runs: a lane that is faster by a quarter, a reference, one that is not valid in B, one that B has not."""
    a, b = rounds(1, lanes=LANES), rounds(2, lanes=LANES)
    b["flask-thread"] = [each * 1.25 for each in b["flask-thread"]]
    sick = cell("django-thread", valid=False, reasons=[NOISY])
    runs = [
        read(written(tmp_path / "a", summary([*(cell(lane) for lane in LANES), cell("flask-process")], a))),
        read(written(tmp_path / "b", summary([cell(LANES[0]), cell(LANES[1]), sick], b))),
    ]
    found = difference(runs[0], runs[1], "fastapi-coroutine")
    return found, difference_page(found, runs[0], runs[1])


def texts_of(html: str) -> list[str]:
    """The texts of all table cells in their order."""
    return [text_of(each) for each in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", html, re.DOTALL)]


def test_what_surely_changed_stands_at_the_top_with_its_interval(tmp_path: Path) -> None:
    found, html = compared(tmp_path)
    change = next(each for each in found.changes if (each.name, each.metric) == ("flask-thread", "qps"))
    said = text_of(section(html, "answer"))
    assert "▲ faster: flask-thread, hello, 64 users, in requests/s:" in said
    assert f"{change.ratio:.3f} times A's, {change.low:.3f} to {change.high:.3f}" in said


def test_what_was_not_compared_is_named_with_its_reason(tmp_path: Path) -> None:
    html = compared(tmp_path)[1]
    below = text_of(section(html, "figures"))
    assert below.count("django-thread is not valid in B: the load drifted by 30 %") == 1
    left_out = "django-thread in requests/s, CPU per request, p99, because django-thread is not valid in B"
    assert f"Not compared: {left_out}" in below
    assert re.search(r"django-thread requests/s 1,000 ✕ 1,000( –){4} not compared –", " ".join(texts_of(html)))
    assert "1 is undecided, 3 were not compared." in text_of(section(html, "answer"))
    said = text_of(section(html, "left-out"))
    assert "Under hello, 64 users: django-thread; the reasons stand below its table." in said
    assert "Only in A: flask-process/hello/64." in said


def test_terminal_and_page_use_the_same_words(tmp_path: Path) -> None:
    found, html = compared(tmp_path)
    told = trilane("diff", str(tmp_path / "a"), str(tmp_path / "b"), "--reference", "fastapi-coroutine").stdout
    table = told[: told.index("B ÷ A is of")]
    said = [each.verdict for each in found.changes]
    for verdict in ("faster", "equal", "undecided", "not compared"):
        assert len(re.findall(rf" {verdict} *$", table, re.MULTILINE)) == said.count(verdict)
    assert "Undecided" not in told
    left_out = "django-thread in requests/s, CPU per request, p99, because django-thread is not valid in B"
    assert f"Not compared under hello, 64 users: {left_out}" in told
    whole = text_of(html)
    for line in words(found):
        assert line in told
        assert line in whole


def test_a_metric_alone_that_was_not_compared_is_named(tmp_path: Path) -> None:
    cells = [cell(lane) for lane in LANES]
    b = tailless(summary(cells, rounds(2, lanes=LANES)), LANES[0], 3)
    earlier = read(written(tmp_path / "a", summary(cells, rounds(1, lanes=LANES))))
    later = read(written(tmp_path / "b", b))
    below = text_of(section(difference_page(difference(earlier, later, LANES[1]), earlier, later), "figures"))
    assert "Not compared: flask-thread in p99, because flask-thread answered fewer than 100 requests" in below


def test_a_figure_that_is_not_valid_is_marked_as_such(tmp_path: Path) -> None:
    table = section(compared(tmp_path)[1], "figures")
    marked = re.findall(r'<td class="invalid">([^<]*)</td>', table)
    assert marked == ["✕ 1,000", "✕ 400", "✕ 90"]
    assert table.count("<td>1,000</td>") >= 3


def test_what_neither_run_has_is_no_row_and_counts_as_nothing(tmp_path: Path) -> None:
    bare = cell("django-thread", qps=None, cpu_us_per_request=None, rt_ms=ResponseTime(), valid=False, reasons=[NOISY])
    there = [read(written(tmp_path / name, summary([*map(cell, LANES[:2]), bare]))) for name in ("a", "b")]
    found = difference(there[0], there[1], "fastapi-coroutine")
    html = difference_page(found, there[0], there[1])
    assert len(found.changes) == 6
    assert "Of 3 figures that both runs have" in text_of(section(html, "answer"))
    assert html.count("data-change=") == 3
    assert "Not compared: django-thread in requests/s, CPU per request, p99, because" in text_of(
        section(html, "figures")
    )


def test_runs_are_not_said_to_differ_by_when_they_were_begun(tmp_path: Path) -> None:
    later = about(started_at="2026-01-02T00:00:00Z", wish={"seed": 2})
    found = summary([cell(lane) for lane in LANES])
    there = [read(written(tmp_path / "a", found)), read(written(tmp_path / "b", found, later))]
    html = section(difference_page(difference(there[0], there[1]), there[0], there[1]), "runs")
    assert re.findall(r'<tr class="differs"><th scope="row">([^<]*)', html) == ["Seed ≠", "Stack ≠"]
    assert "2026-01-02" in html


def test_the_environment_and_the_store_of_sessions_stand_with_the_other_conditions(tmp_path: Path) -> None:
    wish = {"seed": 1, "stack": "current", "seconds": 0.5}
    runs = [
        read(written(tmp_path / store, summary([cell()]), about(wish=wish | {"session_store": store}, environment=own)))
        for store, own in (("cookie", {"TRILANE_POOL_SIZE": "4"}), ("valkey", {}))
    ]
    html = difference_page(difference(runs[0], runs[1]), runs[0], runs[1])
    said = " ".join(texts_of(section(html, "runs")))
    assert "Environment ≠ TRILANE_POOL_SIZE=4 –" in said
    assert "Sessions ≠ cookie valkey" in said
    noted = text_of(section(html, "answer"))
    assert "Note: the store of sessions is cookie in" in noted
    assert "Note: TRILANE_POOL_SIZE is 4 in" in noted


def test_every_figure_of_the_page_is_one_of_the_differences(tmp_path: Path) -> None:
    found, html = compared(tmp_path)
    there: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(found))
    assert len(figures(html)) > 6 * len(found.changes)
    assert disagreeing(html, there) == []
    first = there["changes"][0]
    assert disagreeing(html, there | {"changes": [first | {"a": first["a"] * 1.1}, *there["changes"][1:]]}) != []


def test_the_command_writes_the_page(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 2)):
        written(tmp_path / name, summary([cell(lane) for lane in LANES], rounds(seed, lanes=LANES)))
    folders = (str(tmp_path / "a"), str(tmp_path / "b"))
    page = tmp_path / "diff.html"
    told = trilane("diff", *folders, "--reference", "fastapi-coroutine", "--html", str(page))
    assert told.returncode == 0
    assert str(page) in told.stderr
    assert "What changed from A to B" in page.read_text()
    lost = trilane("diff", *folders, "--html", str(tmp_path / "nowhere" / "diff.html"))
    assert lost.returncode == 2
    assert "name another file with --html" in lost.stderr


def test_a_page_that_cannot_be_written_is_refused_before_the_runs_are_read(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"^\. is a folder, and the page is a file; name one with --html"):
        diff(tmp_path / "a", tmp_path / "b", html=Path())


def test_the_command_prints_also_where_a_sign_is_not_known(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 2)):
        written(tmp_path / name, summary([cell(lane) for lane in LANES], rounds(seed, lanes=LANES)))
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    told = trilane("diff", str(tmp_path / "a"), str(tmp_path / "b"), **ascii_only)
    assert told.returncode == 0, told.stderr
    assert "B ? A" in told.stdout
