"""Whole runs whose load workers of this machine make: what they report, and that they leave nothing behind."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from loadtests.servers.stacks import ROOT
from tests.loadtests.busy import NOISE, checks
from tests.loadtests.crews import PYTHON
from tests.waiting import eventually, running

pytestmark = pytest.mark.slow
WHAT = ("--lane", "fastapi-coroutine", "--users", "6", "--no-control")


@contextmanager
def comparing(folder: Path, *words: str) -> Iterator["subprocess.Popen[bytes]"]:
    with folder.with_suffix(".log").open("wb") as output:
        run = subprocess.Popen(
            [PYTHON, "-m", "loadtests", "compare", *WHAT, "--workers", "2", "--out", str(folder), *words],
            cwd=ROOT,
            stdout=output,
            stderr=output,
        )
    try:
        yield run
    finally:
        run.kill()
        run.wait()


def workers(run: "subprocess.Popen[bytes]") -> list[int]:
    found = psutil.Process(run.pid).children(recursive=True)
    return [each.pid for each in found if "loadtests.workers.worker" in each.cmdline() and each.cmdline()[1] == "-m"]


def test_workers_measure_every_kind_of_work_and_the_sum_is_held_to_every_check(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with comparing(folder, "--scenario", "hello,article,like", "--rounds", "3", "--seconds", "2") as run:
        assert run.wait(200) in {0, 3}, folder.with_suffix(".log").read_text()
    summary = json.loads((folder / "summary.json").read_text())
    assert [cell["scenario"] for cell in summary["cells"]] == ["hello", "article", "like"]
    assert all(checks(cell) <= NOISE for cell in summary["cells"])
    for cell, detail in zip(summary["cells"], summary["details"], strict=True):
        assert detail["server_answered"] == detail["client_answered"] > 0
        assert cell["concurrency"] == pytest.approx(6, rel=0.15)
    audit = summary["cells"][2]["audit"]
    assert audit["committed"] == audit["answered"] > 0
    assert any(warning.startswith("2 workers on this machine made the load") for warning in summary["warnings"])
    ceiling = json.loads((folder / "run.json").read_text())["ceiling"][0]
    assert ceiling["generators"] == min(2, max(1, (os.cpu_count() or 1) - 1))


def test_a_worker_that_is_lost_before_the_rounds_is_told_and_those_left_make_the_load(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    words = ("--scenario", "hello", "--rounds", "3", "--seconds", "0.3", "--lost-workers", "go-on")
    with comparing(folder, *words) as run:
        log = folder.with_suffix(".log")
        assert eventually(lambda: "calibrating" in log.read_text(), 120)
        os.kill(workers(run)[0], signal.SIGKILL)
        assert run.wait(200) == 0, log.read_text()
    summary = json.loads((folder / "summary.json").read_text())
    lost = [warning for warning in summary["warnings"] if "1 of 2 workers are left" in warning]
    assert len(lost) == 1, summary["warnings"]
    assert any(warning.startswith("1 worker on this machine made the load") for warning in summary["warnings"])
    assert json.loads((folder / "run.json").read_text())["ceiling"][0]["generators"] == 1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)], ids=["ctrl-c", "kill -9"])
def test_a_run_that_is_ended_leaves_no_worker_behind(tmp_path: Path, number: signal.Signals, code: int) -> None:
    folder = tmp_path / "run"
    with comparing(folder, "--scenario", "hello", "--rounds", "500", "--seconds", "0.3") as run:
        slices = folder / "slices.jsonl"
        assert eventually(lambda: slices.exists() and slices.read_text().count("\n") > 2, 120)
        ours = workers(run)
        assert len(ours) == 2
        run.send_signal(number)
        assert run.wait(60) == code
        assert eventually(lambda: not running(ours))
    if number == signal.SIGINT:
        summary = json.loads((folder / "summary.json").read_text())
        assert summary["partial"]
        assert summary["cells"][0]["qps"] > 0
