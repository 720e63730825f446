import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from backing.problem import Problem
from loadtests.flame import spy
from loadtests.flame.flames import flames
from loadtests.measurement.slice import Asked
from loadtests.measurement.store import read_run, read_summary
from loadtests.messages import Exchange
from loadtests.servers import LANES
from loadtests.servers.elsewhere import Elsewhere
from tests.loadtests.measured import subject

if TYPE_CHECKING:
    from loadtests.measurement.bench import Bench

ROOT = Path(__file__).parents[2]
BUSY = "def in_the_child():\n    while True:\n        sum(range(1000))\n"
FORKING = f"import os\n{BUSY}\nif os.fork() == 0:\n    in_the_child()\nprint(flush=True)\nos.wait()\n"


def test_what_processes_fork_is_recorded_with_them(tmp_path: Path) -> None:
    svg = tmp_path / "flames" / "tree.svg"
    with subprocess.Popen([sys.executable, "-c", FORKING], stdout=subprocess.PIPE, start_new_session=True) as parent:
        try:
            assert parent.stdout is not None
            parent.stdout.readline()
            with spy.recorded(parent.pid, svg, seconds=1, log=tmp_path / "log"):
                pass
        finally:
            subprocess.run(["kill", "-9", "--", f"-{parent.pid}"], check=True)  # noqa: S607 - of the system
    assert "in_the_child" in svg.read_text()


def test_a_process_that_is_gone_leaves_one_line_instead_of_a_graph(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    with (
        pytest.raises(Problem, match="wrote no flame graph") as told,
        spy.recorded(gone.pid, tmp_path / "none.svg", seconds=1, log=tmp_path / "log"),
    ):
        pass
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("scope", ["1", None])
def test_where_py_spy_may_not_attach_the_refusal_says_why_and_what_to_do(scope: str | None) -> None:
    told = spy.refusal("Error: Failed to open process\nReason: Operation not permitted\n", scope)
    assert "\n" not in told
    assert "Failed to open process" in told
    assert "ptrace_scope=0" in told
    assert ("ptrace_scope is 1" in told) == (scope == "1")


def test_without_permission_nothing_is_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    refusing = tmp_path / "py-spy"
    refusing.write_text("#!/bin/sh\necho 'Error: Permission denied (os error 13)' >&2\nexit 1\n")
    refusing.chmod(0o755)
    monkeypatch.setattr(spy, "program", lambda: str(refusing))
    with pytest.raises(Problem, match=r"may not look into the servers.*Permission denied.*leave --flame out"):
        spy.require()


def test_a_lane_that_runs_elsewhere_has_no_graph_and_says_so(tmp_path: Path) -> None:
    elsewhere = Elsewhere(LANES["flask-thread"], "http://127.0.0.1:9", "flask-thread")
    bench = cast("Bench", SimpleNamespace(target=lambda _: elsewhere))
    cells = {subject(): Asked(exchange=Exchange(target="/"))}
    found = flames(bench, cells, tmp_path, say=lambda _: None, stopped=lambda: False)
    assert found.files == {}
    assert found.notes == [
        "no flame graph of flask-thread under hello, 10 users: it runs elsewhere, where py-spy cannot look from here"
    ]


@pytest.mark.slow
def test_a_run_with_flame_leaves_a_graph_of_its_lane_and_the_same_figures(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    command = [sys.executable, "-m", "loadtests", "compare", "--lane", "flask-thread", "--scenario", "hello"]
    command += ["--users", "4", "--rounds", "1", "--no-control", "--flame", "--out", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    run, summary = read_run(folder), read_summary(folder)
    assert run.flames == {"hello-4-flask-thread": "flames/hello-4-flask-thread.svg"}
    svg = (folder / run.flames["hello-4-flask-thread"]).read_text()
    assert "(flask_app/" in svg
    # The load of the recording is no slice: one round, as asked for.
    assert summary.details[0].rounds == 1
    assert len((folder / "slices.jsonl").read_text().splitlines()) == 2
