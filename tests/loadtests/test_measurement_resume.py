"""A run that is killed goes on where it ended, with no slice lost and none counted twice."""

import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from backing.problem import Problem
from loadtests.measurement.about import Source
from loadtests.measurement.resume import resumable
from loadtests.measurement.store import SLICES, Store, read_records, read_run, read_summary
from tests.loadtests.test_commands import trilane
from tests.waiting import eventually

TRILANE = Path(sys.executable).with_name("trilane")
TWO = ("--lane", "flask-thread,fastapi-coroutine")
SHORT = (*TWO, "--scenario", "hello", "--users", "4", "--rounds", "8", "--seconds", "0.2", "--seed", "5")
PATIENCE_S = 180


def start(*options: str | Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([TRILANE, "compare", *options], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def killed(folder: Path, rounds: int) -> None:
    """Start a run and kill it when the slices of some rounds are on disk."""
    process = start("--out", folder, *SHORT)
    try:
        slices = folder / SLICES
        assert eventually(lambda: slices.exists() and slices.read_bytes().count(b"\n") > 3 * (rounds + 1), PATIENCE_S)
        assert process.poll() is None
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def test_a_killed_run_goes_on_and_ends_like_one_that_was_not(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    killed(folder, rounds=3)
    before = read_records(folder)
    assert read_summary(folder).partial
    assert start("--resume", folder).wait(PATIENCE_S) in {0, 3}
    records = read_records(folder)
    assert records[: len(before)] == before
    assert "" not in {record.started_at for record in records}
    counted = Counter((record.name, record.round) for record in records if record.round and not record.repeated)
    names = {"flask-thread", "fastapi-coroutine"}
    assert {name for name, _ in counted} > names
    assert {(name, number) for name, number in counted if name in names} == {
        (name, number) for name in names for number in range(1, 9)
    }
    assert set(counted.values()) == {1}
    summary = read_summary(folder)
    assert not summary.partial
    assert {detail.name: detail.rounds for detail in summary.details} == dict.fromkeys(names, 8)
    assert len(read_run(folder).resumed_at) == 1
    with pytest.raises(Problem, match="is complete"):
        resumable(folder)


def test_what_would_not_be_the_same_run_is_not_gone_on_with(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    killed(folder, rounds=1)
    run = read_run(folder)
    with Store.again(folder) as store:
        store.run(msgspec.structs.replace(run, source=Source(commit="0" * 40, dirty=False)))
    with pytest.raises(Problem, match="it ran 000000000000, here is"):
        resumable(folder)
    with Store.again(folder) as store:
        store.run(msgspec.structs.replace(run, stack_versions={**run.stack_versions, "Flask": "0.1"}))
    with pytest.raises(Problem, match="other versions of Flask"):
        resumable(folder)


def test_a_folder_without_a_run_cannot_be_gone_on_with(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="holds no run"):
        resumable(tmp_path)


@pytest.mark.parametrize("option", [("--seed", "2"), ("--stack", "vintage"), ("--no-control",), ("--preset", "full")])
def test_a_run_that_goes_on_takes_no_option_that_plans_one(option: tuple[str, ...], tmp_path: Path) -> None:
    told = trilane("compare", "--resume", str(tmp_path), *option)
    assert told.returncode == 2
    assert "give no other option that plans one" in told.stderr
