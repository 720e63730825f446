"""A run that is killed goes on where it ended, with no slice lost and none counted twice."""

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from backing.problem import Problem
from loadtests.doctor import examine
from loadtests.measurement import about
from loadtests.measurement.about import Source
from loadtests.measurement.cores import available, share_out
from loadtests.measurement.group import Group, group_of
from loadtests.measurement.result import Summary
from loadtests.measurement.resume import Slot, resumable, slot
from loadtests.measurement.store import SLICES, Store, read_records, read_run, read_summary
from loadtests.measurement.wish import wish
from tests.loadtests.test_commands import trilane
from tests.waiting import eventually

TRILANE = Path(sys.executable).with_name("trilane")
LANES = ("flask-thread", "fastapi-coroutine")
TWO = ("--lane", ",".join(LANES), "--seed", "5")
SHORT = ("compare", *TWO, "--scenario", "hello", "--users", "4", "--rounds", "9", "--seconds", "0.2")
WAIT = ("run", "wait", *TWO, "--users", "1,4", "--rounds", "3")
PATIENCE_S = 180


def start(*words: str | Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([TRILANE, *words], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


@contextmanager
def under_way(folder: Path, *words: str, slices: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Start a run, and kill it at the end of the block, which begins when so many of its slices are on disk."""
    process = start(*words, "--out", folder)
    try:
        file = folder / SLICES
        assert eventually(lambda: file.exists() and file.read_bytes().count(b"\n") >= slices, PATIENCE_S)
        yield process
        assert process.poll() is None
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def ended(process: "subprocess.Popen[bytes]") -> None:
    assert process.wait(PATIENCE_S) in {0, 3}


def counted(folder: Path) -> Counter[Slot]:
    """Return how often each cell of each round was measured, and not measured again."""
    records = [record for record in read_records(folder) if record.round and not record.repeated]
    return Counter((group_of(record), record.name, record.round) for record in records)


def planned(folder: Path) -> Counter[Slot]:
    plan = read_run(folder).plan
    assert plan is not None
    return Counter(slot(turn, name) for turn in plan.turns for name in turn.names)


def test_a_killed_run_goes_on_and_ends_like_one_that_was_not(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with under_way(folder, *SHORT, slices=6) as first:
        refused = trilane("compare", "--resume", str(folder))
    assert (refused.returncode, refused.stdout) == (2, "")
    assert f"is still under way (pid {first.pid})" in refused.stderr
    before = read_records(folder)
    assert read_summary(folder).partial
    machine = read_run(folder).machine
    ended(start("compare", "--resume", folder))
    assert read_records(folder)[: len(before)] == before
    assert counted(folder) == planned(folder)
    summary = read_summary(folder)
    assert not summary.partial
    assert [detail.name for detail in summary.details] == list(LANES)
    run = read_run(folder)
    assert len(run.resumed_at) == 1
    assert run.machine == machine
    with pytest.raises(Problem, match="is complete"):
        resumable(folder)


@pytest.mark.slow
def test_an_experiment_that_was_killed_ends_in_the_same_form_as_one_that_was_not(tmp_path: Path) -> None:
    whole, folder = tmp_path / "whole", tmp_path / "killed"
    ended(start(*WAIT, "--out", whole))
    with under_way(folder, *WAIT, slices=len(planned(whole)) // 2 + len(read_summary(whole).cells)):
        pass
    assert 0 < len(counted(folder)) < len(planned(folder))
    ended(start(*WAIT[:2], "--resume", folder))
    assert counted(folder) == planned(folder) == planned(whole) == counted(whole)
    assert form(read_summary(folder)) == form(read_summary(whole))
    assert (folder / "report.html").exists()
    # A cell that the machine spoilt in one of the runs is compared in neither.
    valid = spared(read_summary(folder)) & spared(read_summary(whole))
    assert compared(read_summary(folder), valid) == compared(read_summary(whole), valid) != set()


def form(summary: Summary) -> tuple[object, ...]:
    """Return what two runs of one plan have in common: the rows of the table, and of whom the sentences speak."""
    rows = [(group_of(cell), cell.name, cell.style, cell.workers, cell.cores, cell.params) for cell in summary.cells]
    return summary.partial, rows, {lane for lane in LANES if lane in " ".join(summary.sentences)}


def spared(summary: Summary) -> set[tuple[Group, str]]:
    return {(group_of(cell), cell.name) for cell in summary.cells if cell.valid}


def compared(summary: Summary, valid: set[tuple[Group, str]]) -> set[tuple[Group, str, str, str]]:
    """Return what was compared by rounds; p99 needs more requests than a few users make on any machine."""
    return {
        (group_of(each), each.a, each.b, each.metric)
        for each in summary.verdicts
        if each.metric != "p99_ms" and {(group_of(each), each.a), (group_of(each), each.b)} <= valid
    }


def test_what_would_not_be_the_same_run_is_not_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "run"
    machine = examine(seconds=0.1)
    run = msgspec.structs.replace(about.run(wish(), share_out(None, available())), machine=machine)
    with Store.new(folder) as store:
        store.run(run)
    assert resumable(folder).about.machine == machine
    elsewhere = msgspec.structs.replace(machine.machine, cpu="Another CPU")
    differences: list[tuple[dict[str, Any], str]] = [
        ({"source": Source(commit="0" * 40, dirty=False)}, "it ran 000000000000, here is"),
        ({"stack_versions": {**run.stack_versions, "Flask": "0.1"}}, "the lanes run on other versions of Flask"),
        ({"versions": {**run.versions, "locust": "0.1"}}, "the load agent runs on other versions of locust"),
        ({"machine": msgspec.structs.replace(machine, machine=elsewhere)}, "it ran on Another CPU with .*, this is"),
        ({"cores": msgspec.structs.replace(run.cores, servers=frozenset({1_000}))}, "it had the cores .*1000, now"),
        ({"wish": msgspec.structs.replace(run.wish, lanes=("mine",))}, "there is no lane mine.*trilane --lanes FILE"),
    ]
    for changed, said in differences:
        with Store.again(folder) as store:
            store.run(msgspec.structs.replace(run, **changed))
        with pytest.raises(Problem, match=said):
            resumable(folder)
    with Store.again(folder) as store:
        store.run(run)
    monkeypatch.setenv("TRILANE_POOL_SIZE", "60")
    with pytest.raises(Problem, match="TRILANE_POOL_SIZE was not set and is 60"):
        resumable(folder)


def test_a_folder_without_a_run_cannot_be_gone_on_with(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="holds no run"):
        resumable(tmp_path)


@pytest.mark.parametrize(
    "option",
    [("--seed", "2"), ("--stack", "vintage"), ("--session-store", "valkey"), ("--no-control",), ("--preset", "full")],
)
def test_a_run_that_goes_on_takes_no_option_that_plans_one(option: tuple[str, ...], tmp_path: Path) -> None:
    told = trilane("compare", "--resume", str(tmp_path), *option)
    assert told.returncode == 2
    assert "give no other option that plans one" in told.stderr
