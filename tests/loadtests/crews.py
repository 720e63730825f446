"""What the tests of several workers share: a master that waits, and workers that are started one by one."""

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from loadtests.servers.ports import Port
from loadtests.servers.stacks import ROOT
from loadtests.workers.crewing import LOOPBACK, TOKEN_VARIABLE, Crewing, OnLoss
from loadtests.workers.launch import CrewAgent, crew
from loadtests.workers.secret import new_token
from tests.waiting import eventually

TOKEN = new_token()
PYTHON = sys.executable
WORKER = [PYTHON, "-m", "loadtests.workers.worker"]


def one(port: int) -> list[list[str]]:
    """What starts one worker."""
    return [[*WORKER, LOOPBACK, str(port)]]


def free_port(host: str = LOOPBACK) -> int:
    held = Port(host)
    held.release()
    return held.number


@contextlib.contextmanager
def ours(folder: Path, count: int, on_loss: OnLoss = "stop") -> Iterator[CrewAgent]:
    """Workers that are started here."""
    crewing = Crewing(workers=count, on_loss=on_loss)
    with crew(folder, crewing, log_folder=folder, say=lambda _: None) as agent:
        yield agent


@contextlib.contextmanager
def process(command: Sequence[str | Path], log: Path, *, token: str = TOKEN) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a program with the token until the end of the block."""
    with log.open("ab") as output:
        started = subprocess.Popen(
            [*command], cwd=ROOT, stdout=output, stderr=output, env=os.environ | {TOKEN_VARIABLE: token}
        )
    try:
        yield started
    finally:
        started.kill()
        started.wait()


@contextlib.contextmanager
def others(
    folder: Path, host: str, commands: Callable[[int], Sequence[Sequence[str | Path]]], on_loss: OnLoss = "stop"
) -> Iterator[tuple[CrewAgent, list["subprocess.Popen[bytes]"]]]:
    """Workers that are started by these commands, which are told the port, while a master waits for them at `host`."""
    port = free_port(host)
    wanted = commands(port)
    crewing = Crewing(workers=len(wanted), expected=True, host=host, port=port, on_loss=on_loss)
    asked = threading.Event()
    with contextlib.ExitStack() as stack, tokened():
        started: list[subprocess.Popen[bytes]] = []

        def start() -> None:
            # Not before the master waits: who comes first is no part of these tests.
            asked.wait(60)
            started.extend(stack.enter_context(process(each, folder / "others.log")) for each in wanted)

        starting = threading.Thread(target=start)
        starting.start()
        agent = stack.enter_context(crew(folder, crewing, log_folder=folder, say=lambda _: asked.set()))
        starting.join()
        yield agent, started


@contextlib.contextmanager
def tokened() -> Iterator[None]:
    """Have the token of these tests in the environment."""
    before = os.environ.get(TOKEN_VARIABLE)
    os.environ[TOKEN_VARIABLE] = TOKEN
    try:
        yield
    finally:
        del os.environ[TOKEN_VARIABLE]
        if before is not None:
            os.environ[TOKEN_VARIABLE] = before


def pooled_percentile(values: Sequence[float], percentile: float) -> float:
    """The percentile of raw values, of the rank that histograms give it."""
    return sorted(values)[max(1, int(percentile * len(values) / 100 + 0.5)) - 1]


def ends(started: "subprocess.Popen[bytes]") -> bool:
    """Tell whether a process ends by itself."""
    return eventually(lambda: started.poll() is not None, 30)
