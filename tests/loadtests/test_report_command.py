"""`trilane report RUN`: the page made again from a run's folder, wherever that lies."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from backing.problem import Problem
from loadtests.commands.report import report
from loadtests.duet.conclude import DuetSummary, Found
from loadtests.duet.describe import DuetRun
from loadtests.duet.sides import Side
from loadtests.duet.wish import Duet
from loadtests.measurement.record import Pace
from loadtests.measurement.store import Store, read_records
from loadtests.report.code import place
from loadtests.report.files import kept
from loadtests.report.html import page
from loadtests.report.stored import stored
from loadtests.report.timeline import KINDS, timeline
from tests.loadtests.charted import measured
from tests.loadtests.measured import record
from tests.loadtests.pages import disagreeing
from tests.loadtests.reports import SOUND, run, summary, sweep
from tests.loadtests.test_commands import trilane
from tests.loadtests.test_report_page import section, text_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run as it lies on disk."""
    made = tmp_path_factory.mktemp("runs") / "run"
    measured(made)
    (made / "run.json").write_bytes(msgspec.json.encode(run()))
    return made


def test_the_page_is_made_again_where_the_run_lies(folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "moved"
    shutil.copytree(folder, elsewhere)
    told = trilane("report", str(elsewhere))
    assert told.returncode == 0, told.stderr
    assert told.stdout.splitlines() == [str(elsewhere / "report.html")]
    html = (elsewhere / "report.html").read_text()
    assert disagreeing(html, json.loads((elsewhere / "summary.json").read_text())) == []
    assert "64 slices" in html


def test_the_page_and_the_charts_are_written_where_they_are_wanted(folder: Path, tmp_path: Path) -> None:
    team, charts = tmp_path / "team.html", tmp_path / "charts"
    told = trilane("report", str(folder), "--out", str(team), "--charts", str(charts))
    assert told.returncode == 0, told.stderr
    assert not (folder / "report.html").exists()
    drawn = set(charts.iterdir())
    assert len(drawn) > 5
    assert {Path(line) for line in told.stdout.splitlines()} == {team, *drawn}
    assert {file.suffix for file in drawn} == {".svg"}


def renamed(folder: Path, what: str) -> None:
    """Let a run have measured something of somebody's own."""
    file = folder / "summary.json"
    file.write_text(file.read_text().replace(f'"{what}"', '"my-own"'))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda at: (at / "summary.json").unlink(), "has no report: summary.json cannot be read"),
        (lambda at: (at / "summary.json").write_text("{"), "its run.json or summary.json is damaged"),
        (lambda at: (at / "run.json").write_text('{"schema_version": 1}'), "was written with schema version 1"),
        (lambda at: renamed(at, "flask-thread"), "measured lanes that are not known here \\(my-own\\); give the file"),
        (lambda at: renamed(at, "articles"), "measured my-own, which this program does not know"),
        (shutil.rmtree, "has no report: run.json cannot be read"),
    ],
)
def test_what_keeps_a_page_from_being_made_is_said_in_one_line(
    folder: Path, tmp_path: Path, spoil: Callable[[Path], object], said: str
) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(folder, broken)
    spoil(broken)
    with pytest.raises(Problem, match=f"^{re.escape(str(broken))}.*{said}") as found:
        stored(broken)
    assert len(str(found.value).splitlines()) == 1


def test_the_command_refuses_a_folder_without_a_run(tmp_path: Path) -> None:
    told = trilane("report", str(tmp_path))
    assert told.returncode == 2
    assert told.stderr.startswith(f"trilane: {tmp_path} has no report: run.json cannot be read")


def half_a_slice(at: Path) -> None:
    file = at / "slices.jsonl"
    first, *rest = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([first, rest[0][:40] + b"\n", *rest[1:]]))


def no_histogram(at: Path) -> None:
    (at / "histograms" / f"hello-5-{SOUND}.hdr").write_text("HISTFAAA\n")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (half_a_slice, r"slices\.jsonl, line 2: it is damaged \(.*\); take the line out, or measure again"),
        (no_histogram, r"histograms/hello-5-flask-thread\.hdr is damaged \(.*\); remove it .*, or measure again"),
    ],
)
def test_a_damaged_file_beside_the_summary_is_named_in_one_line(
    folder: Path, tmp_path: Path, spoil: Callable[[Path], object], said: str
) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(folder, broken)
    spoil(broken)
    held = stored(broken)
    with pytest.raises(Problem, match=f"^{re.escape(str(broken))}/{said}$"):
        page(held.run, held.summary, broken)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"out": Path()}, r"\. is a folder, and the page is a file; name one with --out, as page\.html"),
        ({"out": Path("nowhere/page.html")}, r"nowhere/page\.html cannot be written: nowhere is no folder;"),
        ({"file_format": "png"}, "--format png: no charts are written; name a folder for them with --charts"),
        ({"file_format": "gif", "charts": Path("slides")}, "--format gif: charts are not written like that;"),
        ({"charts": Path(__file__)}, "--charts .* this is a file; name a folder"),
    ],
)
def test_what_cannot_be_done_is_said_before_the_run_is_read(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    with pytest.raises(Problem, match=f"^{said}"):
        report(tmp_path / "no-run", **options)


def test_a_page_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(Problem, match=r"cannot be written \(No space left on device\); name another file with --out"):
        kept("<p>", tmp_path / "page.html", "--out")
    assert list(tmp_path.iterdir()) == []


def test_a_locale_that_knows_only_ascii_keeps_nobody_from_a_page(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    told = trilane("report", str(folder), "--out", str(file), **ascii_only)
    assert told.returncode == 0, told.stderr
    assert "15 threads ÷ 10 ms" in file.read_text(encoding="utf-8")


def test_the_course_of_a_run_is_shown_in_one_picture(folder: Path) -> None:
    held = stored(folder)
    course = section(page(held.run, held.summary, folder), "timeline")
    assert (course.count("<figure"), course.count('<svg class="strip"')) == (1, 0)
    assert "64 slices: " in course
    assert "<caption>The slices that stand out</caption>" in course


def test_the_slices_of_lanes_that_tell_nothing_of_their_cores_stand_in_a_strip(folder: Path, tmp_path: Path) -> None:
    held = stored(folder)
    with Store.new(tmp_path / "elsewhere") as store:
        for each in read_records(folder):
            told = each.use and msgspec.structs.replace(each.use, core_steal_share=None, pace=Pace())
            store.record(msgspec.structs.replace(each, use=told))
    course = section(page(held.run, held.summary, tmp_path / "elsewhere"), "timeline")
    assert "<figure" not in course
    assert "What others took of the servers' cores is not known" in course
    strip = course[course.index('<svg class="strip"') : course.index("</svg>")]
    assert (strip.count("<rect"), strip.count('class="again"')) == (64, 1)


def test_a_run_without_slices_has_a_page_without_a_time_line(folder: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    for name in ("run.json", "summary.json"):
        shutil.copy(folder / name, bare / name)
    held = stored(bare)
    assert "There are no slices to show" in page(held.run, held.summary, bare)


def test_a_duet_is_read_back_as_one_and_answers_in_its_own_words(tmp_path: Path) -> None:
    asked = Duet(
        a=Side(lane=SOUND), b=Side(lane=SOUND, factors={"threads": 8}), scenario="wait", users=64, seconds=30.0, seed=1,
        forced=False,
    )  # fmt: skip
    found = Found(
        starts=3, windows=2, fair_shares=True, core_share_a=0.5, half_width={}, between_starts=None,
        between_windows=None, forced=[],
    )  # fmt: skip
    both = msgspec.structs.replace(sweep((SOUND, "flask-thread threads=8"), users=(64,)), sentences=["The first is."])
    about = DuetRun(**fields(run()) | {"command": ["trilane", "duet", SOUND]}, duet=asked)
    (tmp_path / "run.json").write_bytes(msgspec.json.encode(about))
    (tmp_path / "summary.json").write_bytes(msgspec.json.encode(DuetSummary(**fields(both), duet=found)))
    held = stored(tmp_path)
    assert (held.run, held.summary.sentences) == (about, ["The first is."])
    html = page(held.run, held.summary, tmp_path)
    assert "<h1>What one change does, measured at the same moment</h1>" in html
    assert text_of(section(html, "answer")) == "The answer The first is."


def fields(of: msgspec.Struct) -> dict[str, Any]:
    return {name: getattr(of, name) for name in of.__struct_fields__}


def test_a_long_time_line_is_thinned_out_and_keeps_what_stands_out() -> None:
    plain = [record(1, [10_000]) for _ in range(5_000)]
    odd = msgspec.structs.replace(record(2, [10_000]), repeated=True, void="others had its cores")
    line = timeline([*plain[:2_500], odd, *plain[2_500:]])
    assert line is not None
    assert len(line.bars) <= 240
    assert [bar.kind for bar in line.bars].count("again") == 1
    assert sum(bar.slices for bar in line.bars) == sum(line.counts.values()) == 5_001
    assert line.counts == dict.fromkeys(KINDS, 0) | {"plain": 5_000, "again": 1}
    assert [slot.why for slot in line.listed] == ["others had its cores"]


def test_a_cell_of_a_lane_that_is_none_of_the_three_apps_leads_to_no_code() -> None:
    cell = summary().cells[0]
    assert place(cell) == "code-hello-flask-sync"
    assert place(msgspec.structs.replace(cell, lane="my-own")) is None
