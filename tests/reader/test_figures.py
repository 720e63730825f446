import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as replaced

from backing.problem import Problem
from contract.endpoints import BY_NAME
from loadtests.measurement.audit import Audit
from loadtests.reader.figures import Measured, measured
from loadtests.reader.runs import found, past
from loadtests.reader.source import Source
from loadtests.servers import LANES
from loadtests.servers.stacks import ROOT
from tests.loadtests.summaries import cell
from tests.reader.runs import run, whole

HEAD = subprocess.run(["git", "-C", str(ROOT), "rev-parse", "HEAD"], capture_output=True, text=True, check=False)  # noqa: S607 - of a test
COMMIT = HEAD.stdout.strip()


def every(folder: Path, endpoint: str) -> list[Measured]:
    return measured(BY_NAME[endpoint], "sync", found([folder]), Source())


def of(folder: Path, endpoint: str = "signals", style: str = "sync") -> Measured:
    (only,) = measured(BY_NAME[endpoint], style, found([folder]), Source())
    return only


def test_the_figures_are_those_of_the_cells_with_the_runs_date_and_machine(tmp_path: Path) -> None:
    run(tmp_path / "a", whole(cpu_us_per_request=812.4))
    shown = of(tmp_path)
    assert [(each.app, each.qps, each.p99, each.cpu) for each in shown.figures] == [
        ("flask", "100", "12.5 ms", "812 µs"),
        ("fastapi", "200", "12.5 ms", "812 µs"),
        ("django", "300", "12.5 ms", "812 µs"),
    ]
    assert "20 November 2026, 10:00 UTC" in shown.said
    assert "A processor, 2 cores, 8 GiB, a virtual machine" in shown.said
    assert "not known" in shown.said


def test_a_cell_that_is_not_valid_shows_no_figure_and_says_why(tmp_path: Path) -> None:
    run(tmp_path / "a", [*whole()[:2], cell("django-thread", "signals", valid=False)])
    last = of(tmp_path).figures[-1]
    assert (last.valid, last.qps, last.p99, last.cpu) == (False, "–", "–", "–")
    assert last.why == "its server ended (see its log)"


@pytest.fixture
def own_lane(monkeypatch: pytest.MonkeyPatch) -> str:
    """Name a lane of a fourth framework, as `--lanes` adds it."""
    lane = replace(LANES["fastapi-coroutine"], name="starlette-coroutine", app="starlette")
    monkeypatch.setitem(LANES, lane.name, lane)
    return lane.name


def test_a_lane_of_another_framework_comes_last_with_its_figures(tmp_path: Path, own_lane: str) -> None:
    run(tmp_path / "a", [cell(own_lane, "signals", style="sync", qps=7.0), *whole()])
    shown = of(tmp_path)
    assert [each.app for each in shown.figures] == ["flask", "fastapi", "django", "starlette"]
    assert shown.figures[-1].qps == "7"
    assert "not known here" not in shown.said.partition("At which")[0]


def test_lanes_that_no_table_names_keep_their_figures_and_are_named(tmp_path: Path) -> None:
    ours = cell("flask-thread", "signals", qps=5.0)
    changed = {"flask-mine": 8.0, "starlette-thread": 9.0}
    run(tmp_path / "a", [replaced(ours, name=name, lane=name, qps=qps) for name, qps in changed.items()])
    shown = of(tmp_path)
    assert [(each.app, each.name, each.qps) for each in shown.figures] == [
        ("flask", "flask-mine", "8"), ("starlette", "starlette-thread", "9"),
    ]  # fmt: skip
    assert "starlette-thread is not known here: `trilane --lanes FILE read` names it." in shown.said
    assert "flask-mine" not in shown.said


def test_of_a_lane_that_ran_elsewhere_neither_machine_nor_code_is_claimed(tmp_path: Path) -> None:
    away: dict[str, Any] = {"url": "http://192.0.2.1:8000", "cores": [], "workers": None}
    run(tmp_path / "all" / "a", whole(**away), commit=COMMIT or None, dirty=False)
    shown = of(tmp_path / "all")
    assert "loaded from A processor" in shown.said
    for lane in ("flask-thread", "fastapi-thread", "django-thread"):
        told = f"{lane} ran elsewhere, at http://192.0.2.1:8000: neither its machine nor its code is known here."
        assert told in shown.said
    assert "commit" not in shown.said
    run(tmp_path / "one" / "a", [*whole()[:2], cell("django-thread", "signals", **away)])
    assert ", on A processor" in of(tmp_path / "one").said
    assert "django-thread ran elsewhere" in of(tmp_path / "one").said
    assert "flask-thread ran elsewhere" not in of(tmp_path / "one").said


def test_figures_of_writes_say_how_many_were_lost(tmp_path: Path) -> None:
    lanes = ("flask-thread", "fastapi-thread", "django-thread")
    counts = (Audit(answered=1_845, failed=0, committed=481), Audit(answered=888, failed=0, committed=888),
              Audit(answered=100, failed=5, committed=102))  # fmt: skip
    cells = [cell(lane, "like", audit=audit) for lane, audit in zip(lanes, counts, strict=True)]
    run(tmp_path / "a", cells)
    shown = next(each for each in every(tmp_path, "articles_like") if each.scenario == "like")
    assert [each.writes for each in shown.figures] == [
        "1,364 of 1,845 writes lost", "all of 888 writes kept", "at most 3 of 100 writes lost",
    ]  # fmt: skip
    run(tmp_path / "b" / "b", whole())
    assert {each.writes for each in of(tmp_path / "b").figures} == {""}


def test_what_was_not_measured_is_a_dash_and_no_nought(tmp_path: Path) -> None:
    run(tmp_path / "a", whole(cpu_us_per_request=None))
    assert {each.cpu for each in of(tmp_path).figures} == {"–"}


def test_an_endpoint_that_no_run_has_names_the_command_that_would_measure_it(tmp_path: Path) -> None:
    run(tmp_path / "a", whole("hello"))
    shown = of(tmp_path)
    assert (shown.figures, shown.said) == ([], "")
    assert shown.command.startswith("trilane compare --lane flask-process,flask-thread,")
    assert shown.command.endswith(" --scenario signals")
    assert measured(BY_NAME["forms_login"], "sync", found([tmp_path]), Source()) == []


def test_figures_are_of_the_latest_run_and_of_one_that_has_all_apps_rather_than_of_a_later_one(tmp_path: Path) -> None:
    run(tmp_path / "old", whole(), "2026-11-18T10:00:00.000Z")
    run(tmp_path / "all", whole(), "2026-11-19T10:00:00.000Z")
    run(tmp_path / "one", whole()[:1], "2026-11-20T10:00:00.000Z")
    assert "19 November" in of(tmp_path).said


def test_of_several_loads_the_scenarios_own_is_shown_and_the_others_are_named(tmp_path: Path) -> None:
    lanes = [cell("flask-thread", "signals", users, qps=float(users)) for users in (1, 64, 128)]
    run(tmp_path / "a", lanes)
    shown = of(tmp_path)
    assert [each.qps for each in shown.figures] == ["64"]
    assert "the level of 64 of 1 to 128 users" in shown.said


def test_a_duets_sides_and_a_searchs_loads_are_no_figures_of_the_code(tmp_path: Path) -> None:
    run(tmp_path / "rounds", whole(), "2026-11-18T10:00:00.000Z")
    for number, command in enumerate(("duet", "capacity"), start=19):
        folder = run(tmp_path / command, whole(), f"2026-11-{number}T10:00:00.000Z")
        about = json.loads((folder / "run.json").read_text())
        (folder / "run.json").write_text(json.dumps(about | {"command": ["trilane", command]}))
    assert "18 November" in of(tmp_path).said


def test_figures_of_the_other_stack_are_named_so(tmp_path: Path) -> None:
    run(tmp_path / "a", whole(stack="vintage"))
    assert "of the stack vintage" in of(tmp_path).said


def test_the_other_style_has_figures_of_its_own(tmp_path: Path) -> None:
    run(tmp_path / "a", [*whole(), cell("django-coroutine", "signals", qps=7.0)])
    assert [each.name for each in of(tmp_path, style="async").figures] == ["django-coroutine"]


@pytest.mark.skipif(not COMMIT, reason="outside a repository")
def test_it_is_said_whether_the_code_that_is_shown_is_what_was_measured(tmp_path: Path) -> None:
    source = Source(COMMIT)
    for name, dirty, said in (("a", False, "with the code that is shown here"), ("b", True, "the code may differ")):
        run(tmp_path / name / "run", whole(), commit=COMMIT, dirty=dirty)
        (shown,) = measured(BY_NAME["signals"], "sync", found([tmp_path / name]), source)
        assert said in shown.said
    run(tmp_path / "c" / "run", whole(), commit="0" * 40, dirty=False)
    assert "git does not know here" in of(tmp_path / "c").said


def test_a_folder_without_a_run_is_refused_and_one_that_is_broken_passed_over(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="holds no run that can be read"):
        past(tmp_path)
    folder = run(tmp_path / "a", whole())
    (run(tmp_path / "b", whole()) / "summary.json").write_text("{")
    assert [each.folder for each in found([tmp_path / "none", tmp_path])] == [folder]
