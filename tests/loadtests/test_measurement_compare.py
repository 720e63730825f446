"""`trilane compare` from the outside: real lanes, a real folder, real signals."""

import json
import os
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest

from loadtests.measurement.per_round import window_s
from loadtests.measurement.result import Cell
from loadtests.measurement.store import read_records, read_summary
from loadtests.measurement.verdict import Verdict
from tests.loadtests.pages import disagreeing, figures
from tests.waiting import eventually, running

TRILANE = Path(sys.executable).with_name("trilane")
CELL_KEYS = {
    "name", "lane", "factors", "stack", "style", "workers", "cores", "scenario", "params", "users", "rate", "qps",
    "rt_ms", "concurrency",
    "requests", "errors", "cpu_us_per_request", "rss_bytes", "threads", "db_connections_max", "generator_core_share",
    "steal_share", "limiter", "audit", "url", "missing", "valid", "reasons",
}  # fmt: skip
VERDICT_KEYS = {
    "a", "b", "scenario", "users", "rate", "metric", "ratio", "low", "high", "verdict", "rounds", "rounds_needed",
}  # fmt: skip
TWO = ("--lane", "flask-thread,fastapi-coroutine")
PATIENCE_S = 180


def compare(*options: str | Path, **changed: Any) -> "subprocess.CompletedProcess[str]":
    command = [TRILANE, "compare", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False, **changed)


class Running:
    """A comparison under way; its progress goes to a file."""

    def __init__(self, folder: Path, *options: str | Path) -> None:
        self.out = folder / "run"
        self._said = folder / "said"
        with self._said.open("wb") as said:
            self.process = subprocess.Popen(
                [TRILANE, "compare", "--out", self.out, *options], stderr=said, stdout=subprocess.DEVNULL
            )

    def says(self, text: str) -> bool:
        return eventually(lambda: text in self.said() or self.process.poll() is not None, PATIENCE_S) and (
            text in self.said()
        )

    def said(self) -> str:
        return self._said.read_text()

    def tree(self) -> list[int]:
        return [child.pid for child in psutil.Process(self.process.pid).children(recursive=True)]

    def ends(self) -> int:
        return self.process.wait(PATIENCE_S)


@pytest.fixture
def under_way(tmp_path: Path) -> Iterator[Running]:
    """Two lanes in more rounds than anybody would wait for."""
    run = Running(tmp_path, *TWO, "--scenario", "hello", "--users", "4", "--rounds", "500", "--seconds", "0.2")
    yield run
    run.process.kill()
    run.process.wait()


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], str]:
    """A short comparison with its folder, what it printed as JSON, and its progress."""
    out = tmp_path_factory.mktemp("compare") / "run"
    done = compare(
        *TWO, "--scenario", "wait", "--scenario", "articles", "--users", "8", "--rounds", "2", "--seconds", "0.6",
        "--seed", "7", "--out", out, "--json",
    )  # fmt: skip
    assert done.returncode in {0, 3}, done.stderr
    return out, json.loads(done.stdout), done.stderr


def test_every_number_of_the_report_is_that_of_the_summary(finished: tuple[Path, dict[str, Any], str]) -> None:
    folder, _, _ = finished
    html, there = (folder / "report.html").read_text(), json.loads((folder / "summary.json").read_text())
    assert len(figures(html)) > 100
    assert disagreeing(html, there) == []


def test_the_summary_has_exactly_the_promised_keys(finished: tuple[Path, dict[str, Any], str]) -> None:
    out, summary, _ = finished
    assert json.loads((out / "summary.json").read_text()) == summary
    assert [set(cell) for cell in summary["cells"]] == [CELL_KEYS] * 4
    assert all(set(cell["rt_ms"]) == {"mean", "p50", "p95", "p99", "p999", "max"} for cell in summary["cells"])
    assert {field.name for field in msgspec.structs.fields(Cell)} == CELL_KEYS
    assert {field.name for field in msgspec.structs.fields(Verdict)} == VERDICT_KEYS
    assert all(set(verdict) == VERDICT_KEYS for verdict in summary["verdicts"])
    assert summary["partial"] is False


def test_every_valid_cell_obeys_littles_law(finished: tuple[Path, dict[str, Any], str]) -> None:
    _, summary, _ = finished
    for cell in summary["cells"]:
        assert cell["valid"] == (not cell["reasons"])
        if cell["valid"]:
            expected = cell["qps"] * cell["rt_ms"]["mean"] / 1_000
            assert cell["concurrency"] == pytest.approx(expected, rel=0.05)


def test_cells_state_what_was_asked_and_measured(finished: tuple[Path, dict[str, Any], str]) -> None:
    _, summary, _ = finished
    by_name = {(cell["scenario"], cell["lane"]): cell for cell in summary["cells"]}
    articles = by_name["articles", "fastapi-coroutine"]
    assert articles["params"] == {"limit": 20, "access": "pooled"}
    assert (articles["users"], articles["style"], articles["workers"]) == (8, "async", 1)
    assert articles["errors"] == {}
    assert 1 <= articles["db_connections_max"] <= 6
    assert by_name["wait", "flask-thread"]["rt_ms"]["p50"] >= 50
    assert by_name["wait", "flask-thread"]["concurrency"] == pytest.approx(8, rel=0.05)


def test_two_rounds_are_too_few_to_decide_anything(finished: tuple[Path, dict[str, Any], str]) -> None:
    _, summary, _ = finished
    assert {verdict["verdict"] for verdict in summary["verdicts"]} <= {"undecided"}
    assert any("fewer than 3 rounds" in warning for warning in summary["warnings"])


def test_every_slice_is_kept_and_merges_to_its_cell(finished: tuple[Path, dict[str, Any], str]) -> None:
    out, _, _ = finished
    records = [record for record in read_records(out) if not record.repeated]
    assert sorted({record.round for record in records}) == [0, 1, 2]
    # Two lanes and the control, two kinds of work, two rounds and the warm-up.
    assert len(records) == 3 * 2 * 3
    for cell in read_summary(out).cells:
        clients = [
            record.client
            for record in records
            if record.client and record.round and (record.scenario, record.name) == (cell.scenario, cell.name)
        ]
        assert cell.requests == sum(client.window_requests for client in clients)
        assert cell.qps == pytest.approx(cell.requests / sum(map(window_s, clients)))
        assert (out / "histograms" / f"{cell.scenario}-8-{cell.lane}.hdr").read_text().startswith("HIST")


def test_the_run_says_how_it_was_made(finished: tuple[Path, dict[str, Any], str]) -> None:
    out, _, _ = finished
    run = json.loads((out / "run.json").read_text())
    assert run["wish"]["seed"] == 7
    assert run["plan"]["rounds"] == {"wait, 8 users": 2, "articles, 8 users": 2}
    assert run["machine"]["findings"]
    assert run["versions"]["locust"]
    assert run["stack_versions"]["Flask"].startswith("3.")
    assert "--json" in run["command"]
    assert run["finished_at"] > run["started_at"]
    assert run["ceiling"][0]["qps"] > 0


def test_the_report_needs_nothing_but_a_browser(finished: tuple[Path, dict[str, Any], str]) -> None:
    out, summary, _ = finished
    page = (out / "report.html").read_text()
    assert all(cell["lane"] in page for cell in summary["cells"])
    assert re.search(r"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';", page)
    assert not re.search(r"<(?:script|img|iframe|link)[^>]* (?:src|href)=\"(?!data:|\$\{)", page)


def test_progress_gives_provisional_figures_before_the_rounds(finished: tuple[Path, dict[str, Any], str]) -> None:
    _, _, said = finished
    assert said.index("provisional: wait × 8: flask-thread ~") < said.index("wait, 8 users: round 1 of 2")


def test_ctrl_c_drains_and_reports_what_there_is(under_way: Running) -> None:
    assert under_way.says("round 2 of 500"), under_way.said()
    family = under_way.tree()
    under_way.process.send_signal(signal.SIGINT)
    assert under_way.ends() == 130
    summary = read_summary(under_way.out)
    assert summary.partial
    assert all(cell.requests > 0 for cell in summary.cells)
    assert "Partial" in (under_way.out / "report.html").read_text()
    assert eventually(lambda: not running(family))


def test_sigterm_is_ctrl_c(under_way: Running) -> None:
    assert under_way.says("round 1 of 500"), under_way.said()
    under_way.process.terminate()
    assert under_way.ends() == 130
    assert read_summary(under_way.out).partial


@pytest.mark.parametrize("step", ["looking at the machine", "starting PostgreSQL", "provisional"])
def test_ctrl_c_before_the_rounds_leaves_a_folder_that_says_partial(under_way: Running, step: str) -> None:
    assert under_way.says(step), under_way.said()
    family = under_way.tree()
    under_way.process.send_signal(signal.SIGINT)
    assert under_way.ends() == 130
    assert read_summary(under_way.out).partial
    assert "Traceback" not in under_way.said()
    assert eventually(lambda: not running(family))


def test_a_second_ctrl_c_stops_at_once(under_way: Running) -> None:
    assert under_way.says("round 1 of 500"), under_way.said()
    family = under_way.tree()
    under_way.process.send_signal(signal.SIGINT)
    under_way.process.send_signal(signal.SIGINT)
    assert under_way.ends() == 130
    assert read_summary(under_way.out).partial
    assert eventually(lambda: not running(family))


def test_a_lane_whose_server_dies_is_marked_and_the_others_go_on(tmp_path: Path) -> None:
    run = Running(tmp_path, *TWO, "--scenario", "hello", "--users", "4", "--rounds", "6", "--seconds", "0.5")
    assert run.says("round 1 of 6"), run.said()
    servers = [process for pid in run.tree() if "fastapi_app" in " ".join((process := psutil.Process(pid)).cmdline())]
    for process in servers:
        if "leash" not in " ".join(process.cmdline()):
            process.kill()
    assert run.ends() == 0, run.said()
    cells = {cell.lane: cell for cell in read_summary(run.out).cells}
    assert [reason.check for reason in cells["fastapi-coroutine"].reasons].count("server") == 1
    assert "ended in the middle of the run" in cells["fastapi-coroutine"].reasons[0].reason
    details = {detail.name: detail for detail in read_summary(run.out).details}
    assert details["flask-thread"].rounds == 6
    assert details["fastapi-coroutine"].rounds < 6
    assert "fastapi-coroutine ended in round" in run.said()


def pid_of(run: Running, part: str) -> int:
    lines = {pid: " ".join(psutil.Process(pid).cmdline()) for pid in run.tree()}
    return min(pid for pid, line in lines.items() if part in line and "keeper.py" not in line)


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("loadtests.agent", "the load agent ended with code -9"),
        ("postgres -D", "PostgreSQL ended in the middle of the run"),
        ("valkey-server", "Valkey ended in the middle of the run"),
    ],
)
def test_when_something_that_all_lanes_need_dies_the_rounds_until_then_are_reported(
    under_way: Running, program: str, said: str
) -> None:
    assert under_way.says("round 3 of 500"), under_way.said()
    family = under_way.tree()
    os.kill(pid_of(under_way, program), signal.SIGKILL)
    assert under_way.ends() == 3, under_way.said()
    summary = read_summary(under_way.out)
    assert summary.partial
    assert all(cell.requests > 0 for cell in summary.cells)
    assert any(said in warning for warning in summary.warnings)
    assert "the run ended before its time" in (under_way.out / "report.html").read_text()
    assert "Traceback" not in under_way.said()
    assert eventually(lambda: not running(family))


def test_ctrl_c_after_the_last_round_takes_nothing_away(tmp_path: Path) -> None:
    run = Running(tmp_path, *TWO, "--scenario", "hello", "--users", "4", "--rounds", "1", "--seconds", "0.2")
    try:
        report = run.out / "report.html"
        assert eventually(lambda: report.exists() or run.process.poll() is not None, PATIENCE_S)
        run.process.send_signal(signal.SIGINT)
        assert run.ends() in {0, 3}, run.said()
    finally:
        run.process.kill()
    assert not read_summary(run.out).partial
    assert "interrupted" not in run.said()


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        ("TRILANE_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing"),
        ("TRILANE_VALKEY_URL", "redis://127.0.0.1:1/0"),
        ("TRILANE_UPSTREAM_URL", "http://127.0.0.1:1"),
    ],
)
def test_a_mistaken_url_leaves_the_folder_free(tmp_path: Path, variable: str, url: str) -> None:
    out = tmp_path / "run"
    done = compare(*TWO, "--out", out, env=os.environ | {variable: url})
    assert done.returncode == 2
    assert f"{variable}: the " in done.stderr
    assert not out.exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--lane", "flask-carrier-pigeon"), "--lane flask-carrier-pigeon: there is no such name; use one of flask-"),
        (("--lane", "flask-thread,"), "--lane (empty)"),
        (("--scenario", "sleep"), "use one of hello, wait, articles, article, cpu"),
        (("--users", "0"), "--users 0: give a whole number from 1 to 5000"),
        (("--users", "1,many"), "--users many: give a whole number from 1 to 5000"),
        (("--users", "1000000"), "--users 1000000: give a whole number from 1 to 5000"),
        (("--users", ""), "--users (empty)"),
        (("--users=-8",), "--users -8"),
        (("--users", "٣"), "--users ٣: give a whole number"),
        (("--rounds", "0"), "--rounds 0: give a whole number from 1 to 1000"),
        (("--rounds", "1001"), "--rounds 1001"),
        (("--seconds", "0.01"), "--seconds 0.01: give a number from 0.1 to 60"),
        (("--seconds", "nan"), "--seconds nan"),
        (("--seconds", "soon"), "--seconds soon"),
        (("--seed", "x"), "--seed x: give a whole number from 0"),
        (("--cores", "0"), "--cores 0"),
        (("--cores", "1024"), "this machine has"),
        (("--stack", "antique"), "--stack antique: there is no such stack; use one of current, vintage"),
        (("--session-store", "jar"), "--session-store is 'jar': sessions are kept in one of cookie, valkey"),
        (("--out", "/proc/trilane"), "--out /proc/trilane: it cannot be written"),
        (("--colour",), "--colour"),
    ],
    ids=" ".join,
)
def test_a_mistake_gets_a_clear_line_and_exit_code_2(options: Sequence[str], said: str, tmp_path: Path) -> None:
    out = () if "--out" in options else ("--out", str(tmp_path / "run"))
    done = compare(*options, *out)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists()


def test_a_folder_that_holds_a_run_is_left_alone(finished: tuple[Path, dict[str, Any], str]) -> None:
    out, _, _ = finished
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    done = compare("--out", out)
    assert done.returncode == 2
    assert f"--out {out}: it already holds a run" in done.stderr
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


def test_too_few_open_files_are_told_with_the_number_and_the_way(tmp_path: Path) -> None:
    def few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (1_024, 1_024))

    done = compare("--users", "2000", "--out", tmp_path / "run", preexec_fn=few)
    assert done.returncode == 2
    assert "need 2128 open files and the limit is 1024; raise it with `ulimit -Hn 2128`" in done.stderr


def test_a_lane_that_cannot_start_ends_the_run_with_its_log(tmp_path: Path) -> None:
    environment = os.environ | {"TRILANE_POOL_SIZE": "many"}
    done = compare(*TWO, "--out", tmp_path / "run", env=environment)
    assert done.returncode == 4, done.stderr
    assert "many" in done.stderr
    assert "failed" in done.stderr
    assert 'Traceback (most recent call last):\n  File "/' not in done.stdout
    assert read_summary(tmp_path / "run").partial
