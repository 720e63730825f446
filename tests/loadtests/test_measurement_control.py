"""The hidden control: what a run says when one lane is not like itself, and when nothing shows what it can tell."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from loadtests.commands.running import UNTRUSTED, exit_code
from loadtests.measurement import about
from loadtests.measurement.conclude import Conclusion, Ledger, conclude
from loadtests.measurement.cores import available, share_out
from loadtests.measurement.run import Compared
from loadtests.measurement.wish import wish
from tests.loadtests.measured import HELLO, record, subject

pytestmark = pytest.mark.alone

TRILANE = Path(sys.executable).with_name("trilane")
ROUNDS = 12
LANE, OTHER, CONTROL = "flask-thread", "django-thread", "flask-thread (control)"


def concluded(control_us: int, *, sick: bool = False) -> Conclusion:
    """A run in which the lane takes 10 ms, another 20 ms, and the lane's control `control_us`."""
    subjects = [subject(LANE), subject(OTHER), subject(LANE, name=CONTROL, control=True, copy=1)]
    ledger = Ledger(subjects)
    for number in range(1, ROUNDS + 1):
        wobble = 1 + number % 3 / 100
        for name, micros in ((LANE, 10_000), (OTHER, 20_000), (CONTROL, control_us)):
            broken = {"concurrency": 1.0} if sick and name == CONTROL else {}
            ledger.add(record(number, [int(micros * wobble)] * (10_000_000 // micros), lane=name, **broken))
    return conclude(ledger, ceilings={}, rounds={str(HELLO): ROUNDS}, partial=False, warnings=[])


def code(conclusion: Conclusion) -> int:
    run = about.run(wish(), share_out(None, available()))
    return exit_code(Compared(run=run, summary=conclusion.summary))


def test_a_control_that_is_like_its_lane_lets_the_others_be_told_apart() -> None:
    summary = concluded(10_000).summary
    assert {control.agrees for control in summary.controls} == {True}
    assert {(each.a, each.b) for each in summary.verdicts} == {(LANE, OTHER)}
    assert "faster" in {each.verdict for each in summary.verdicts if each.metric == "qps"}
    assert [cell.name for cell in summary.cells] == [LANE, OTHER]
    assert code(concluded(10_000)) == 0


def test_a_control_that_differs_from_its_lane_makes_the_run_untrusted() -> None:
    conclusion = concluded(14_000)
    qps = next(control for control in conclusion.summary.controls if control.metric == "qps")
    assert qps.agrees is False
    assert any("differs from itself in qps" in warning for warning in conclusion.summary.warnings)
    assert code(conclusion) == UNTRUSTED


def test_without_a_valid_control_nothing_is_decided() -> None:
    summary = concluded(10_000, sick=True).summary
    assert summary.controls == []
    assert {each.verdict for each in summary.verdicts} == {"undecided"}
    assert any("the control (flask-thread) is not valid" in warning for warning in summary.warnings)


@pytest.mark.slow
def test_a_run_whose_control_is_held_back_ends_with_exit_code_3(tmp_path: Path) -> None:
    out = tmp_path / "run"
    words: list[str | Path] = [
        "--lane",
        LANE,
        "--scenario",
        "hello",
        "--users",
        "8",
        "--rounds",
        "16",
        "--out",
        out,
        "--json",
    ]
    process = subprocess.Popen(
        [TRILANE, "compare", *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    over = threading.Event()
    holding = threading.Thread(target=hold_back, args=(process.pid, over))
    holding.start()
    try:
        said = process.communicate(timeout=180)[0]
    finally:
        over.set()
        holding.join()
        process.kill()
    assert process.returncode == UNTRUSTED
    assert False in {control["agrees"] for control in json.loads(said)["controls"]}


def hold_back(pid: int, over: threading.Event) -> None:
    """Stop the control's worker for half of the time, as soon as there is one, until it ends."""
    worker: psutil.Process | None = None
    while not over.is_set():
        if worker is None:
            worker = control_of(pid)
            over.wait(0.2)
            continue
        try:
            os.kill(worker.pid, signal.SIGSTOP)
            over.wait(0.01)
            os.kill(worker.pid, signal.SIGCONT)
            over.wait(0.01)
        except ProcessLookupError:
            return


def control_of(pid: int) -> psutil.Process | None:
    """Return the worker process of the control's server."""
    try:
        for process in psutil.Process(pid).children(recursive=True):
            named = process.environ().get("TRILANE_LANE", "").endswith("copy1")
            if named and not process.children() and process.num_threads() > 1:
                return process
    except psutil.Error:
        pass
    return None
