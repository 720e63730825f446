"""`kill -9` of the harness at any moment leaves no process, no socket, no temporary folder and no shared memory."""

import os
import random
import signal
import socket
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
# Each with a time by which it is well at work: the moments lie between its start and that.
COMMANDS = {
    "serve": (("serve", "flask-process"), 4.0),
    "serve uvicorn": (("serve", "fastapi-process"), 4.0),
    "compare": (("compare", "--out", "{results}"), 20.0),
    "ui": (("ui", "--port", "{port}"), 8.0),
}


def moments(count: int) -> list[float]:
    """Return that many moments, as shares of the time between a command's start and its work."""
    chance = random.Random(SEED)
    return [round(chance.random(), 3) for _ in range(count)]


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


def check(share: float, folder: Path, name: str, results: Path) -> None:
    command, at_work_s = COMMANDS[name]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    filled = tuple(word.format(results=results / "run", port=port) for word in command)
    kill_after(share * at_work_s, folder, filled)
    assert eventually(lambda: not of_this_run(folder), 15), of_this_run(folder)
    assert eventually(lambda: not list(folder.iterdir()), 15), list(folder.rglob("*"))


@pytest.mark.parametrize("share", moments(3))
def test_kill_9_leaves_nothing(share: float, folder: Path, tmp_path: Path) -> None:
    check(share, folder, "serve", tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("share", moments(10))
def test_kill_9_at_ten_moments_leaves_nothing(share: float, name: str, folder: Path, tmp_path: Path) -> None:
    check(share, folder, name, tmp_path)
