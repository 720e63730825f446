"""`kill -9` of the harness at any moment leaves no process, no socket, no temporary folder and no shared memory."""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from loadtests.servers.stacks import ROOT
from tests.waiting import eventually

SEED = 20_261_121
COMMANDS = {"serve": ("serve", "flask-process"), "serve uvicorn": ("serve", "fastapi-process")}
# From before the first folder is made to well after the server answers.
LONGEST_S = 4.0


def moments(count: int) -> list[float]:
    chance = random.Random(SEED)
    return [round(chance.uniform(0.0, LONGEST_S), 2) for _ in range(count)]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A place for temporary files of one run's own, short enough for sockets, open to the account of PostgreSQL."""
    made = Path(tempfile.mkdtemp(prefix="kill-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    made.rmdir()


def of_this_run(folder: Path) -> list[str]:
    """Return the processes that were told of the folder, or stand in it."""
    found = []
    for process in psutil.process_iter(["cmdline", "environ", "cwd"]):
        told = (process.info["cmdline"], process.info["environ"], process.info["cwd"])
        if process.pid != os.getpid() and str(folder) in str(told):
            found.append(f"{process.pid} {process.info['cmdline']}")
    return found


def kill_after(delay_s: float, folder: Path, command: tuple[str, ...]) -> None:
    harness = subprocess.Popen(
        [sys.executable, "-m", "loadtests", *command],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(delay_s)
    assert harness.poll() is None, f"`trilane {' '.join(command)}` ended by itself with {harness.poll()}"
    harness.send_signal(signal.SIGKILL)
    harness.wait()


def check(delay_s: float, folder: Path, command: tuple[str, ...]) -> None:
    kill_after(delay_s, folder, command)
    assert eventually(lambda: not of_this_run(folder), 15), of_this_run(folder)
    assert eventually(lambda: not list(folder.iterdir()), 15), list(folder.rglob("*"))


@pytest.mark.parametrize("delay_s", moments(3))
def test_kill_9_leaves_nothing(delay_s: float, folder: Path) -> None:
    check(delay_s, folder, COMMANDS["serve"])


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("delay_s", moments(10))
def test_kill_9_at_ten_moments_leaves_nothing(delay_s: float, name: str, folder: Path) -> None:
    check(delay_s, folder, COMMANDS[name])
