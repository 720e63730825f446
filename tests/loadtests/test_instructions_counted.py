"""What is counted under valgrind, which `.ci/run` installs."""

import contextlib
import json
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import psutil
import pytest

from loadtests.servers.stacks import ROOT
from tests.loadtests.test_commands import TRILANE, trilane
from tests.waiting import eventually

pytestmark = pytest.mark.slow
LANE = "flask-thread"
COPIED = ("contract", "backing", "flask_app")
# So that the counts take half a minute; the figure of a longer run is the same to 0.1 %.
REQUESTS = ("--requests", "60")
ONE_PROCESS = ("--layouts", "1")
TWO_PROCESSES = ("--layouts", "2")


def counted(*words: str) -> dict[str, Any]:
    told = trilane("instructions", *words, *REQUESTS, "--json")
    assert told.returncode == 0, told.stderr
    found: dict[str, Any] = json.loads(told.stdout)
    (row,) = found["lanes"]
    return {**row, "warnings": found["warnings"]}


@pytest.fixture(scope="module")
def as_it_is() -> dict[str, Any]:
    return counted(LANE, *ONE_PROCESS)


def test_the_same_build_gives_the_same_figure(as_it_is: dict[str, Any]) -> None:
    again = counted(LANE, *ONE_PROCESS)
    assert again["instructions_per_request"] == pytest.approx(as_it_is["instructions_per_request"], rel=0.001)
    assert again["repeatable"]
    assert again["warnings"] == []


def test_the_start_is_told_apart_from_the_requests(as_it_is: dict[str, Any]) -> None:
    assert 0 < as_it_is["interpreter_instructions"] < as_it_is["startup_instructions"]
    assert as_it_is["instructions_per_request"] < as_it_is["startup_instructions"] / 100
    assert 0 < as_it_is["driver_instructions_per_request"] < as_it_is["instructions_per_request"] / 10


def test_a_framework_that_reads_the_name_of_a_database_at_its_start_is_counted_without_one() -> None:
    assert counted("django-thread", *ONE_PROCESS)["instructions_per_request"] > 0


def test_one_dictionary_copied_per_request_is_seen(tmp_path: Path) -> None:
    # At paths of the same length: a longer one lays the memory out differently.
    before = _copied(tmp_path / "before", "return json(Hello())", "return json(Hello())")
    behind = _copied(tmp_path / "behind", "return json(Hello())", "dict(_ONE); return json(Hello())")
    plain, found = (counted(LANE, *TWO_PROCESSES, "--checkout", str(each)) for each in (before, behind))
    more = found["instructions_per_request"] - plain["instructions_per_request"]
    # A small dictionary is copied by some hundreds of instructions.
    assert 100 < more < 0.01 * plain["instructions_per_request"]


def test_what_the_interpreters_cache_loses_is_told_apart(as_it_is: dict[str, Any]) -> None:
    lookups = as_it_is["lookup_instructions_per_request"]
    if lookups is None:
        pytest.skip("this interpreter was built without its symbols")
    assert 0 <= lookups < 0.05 * as_it_is["instructions_per_request"]


def _copied(folder: Path, old: str, new: str) -> Path:
    """Return a copy of the project in which `hello` copies a small dictionary."""
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name)
    hello = folder / "flask_app" / "hello.py"
    text = hello.read_text()
    assert old in text
    hello.write_text(text.replace(old, new) + "\n_ONE = dict.fromkeys(range(8))\n")
    return folder


def test_an_app_that_fails_is_told_before_anything_is_counted(tmp_path: Path) -> None:
    copy = _copied(tmp_path, "return json(Hello())", "raise RuntimeError('the pool is too small')")
    told = trilane("instructions", LANE, "--checkout", str(copy))
    assert told.returncode == 4
    assert "were answered 500, not 200" in told.stderr


def test_an_interrupt_ends_valgrind_too() -> None:
    with subprocess.Popen([*TRILANE, "instructions", LANE], cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        started = psutil.Process(process.pid)
        assert eventually(lambda: bool(_under_valgrind(started)), 60)
        watched = _under_valgrind(started)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert not psutil.wait_procs(watched, 10)[1]


def _under_valgrind(process: psutil.Process) -> list[psutil.Process]:
    found = []
    for each in process.children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "--tool=callgrind" in each.cmdline():
                found.append(each)
    return found
