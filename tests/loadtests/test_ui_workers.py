"""`trilane ui --workers`: what several processes make is added up, and one that vanishes is not passed over."""

import contextlib
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from backing.leash import leashed
from tests.loadtests.busy import NOISE, checks
from tests.loadtests.crews import PYTHON
from tests.loadtests.synthetic import Synthetic, synthetic
from tests.loadtests.uis import ROOT, Ui, quick, running_ui
from tests.waiting import eventually

pytestmark = pytest.mark.slow
LANE = "fastapi-coroutine"


@pytest.fixture(scope="module")
def lane() -> Iterator[Synthetic]:
    with synthetic(quick) as server:
        yield server


@pytest.fixture(scope="module")
def ui(lane: Synthetic, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    folder = tmp_path_factory.mktemp("workers")
    with running_ui(folder, "--workers", "2", "--target", f"{LANE}={lane.base_url}") as ui:
        yield ui


def test_when_it_says_that_it_is_ready_its_workers_are(ui: Ui) -> None:
    assert _connected(ui) == 2


def test_what_two_workers_make_is_added_up_and_nothing_is_lost(ui: Ui, lane: Synthetic) -> None:
    before = lane.count("right")
    kept = ui.run(4, user_count=4, spawn_rate=4)
    cell, detail = kept["cell"], kept["detail"]
    assert kept["workers"] == 2
    assert cell["users"] == 4
    # Of what the server answered, one was the question whether it does so rightly, others were for `/stats`.
    assert 0 <= lane.count("right") - before - detail["client_answered"] < 10
    # How far Little's law holds is judged by `little`; half of the workers would be off by half.
    assert cell["concurrency"] == pytest.approx(cell["qps"] * cell["rt_ms"]["mean"] / 1000, rel=0.25)
    assert cell["concurrency"] == pytest.approx(4, rel=0.2)
    assert checks(cell) <= NOISE


def test_after_a_stop_the_next_test_waits_for_all_workers(ui: Ui) -> None:
    for _ in range(2):
        assert ui.run(2, user_count=4, spawn_rate=4)["workers"] == 2


@pytest.mark.parametrize(("before", "after"), [(2, 40), (40, 4)])
def test_a_test_that_is_stopped_in_the_middle_of_an_edited_ramp_has_no_figures(ui: Ui, before: int, after: int) -> None:
    ui.start(3, user_count=before, spawn_rate=before)
    assert ui.swarm(user_count=after, spawn_rate=2)["success"]
    assert eventually(lambda: ui.live()["cell"] is None, timeout_s=20)
    ui.stop()
    cell = ui.tests()[-1]["cell"]
    assert (cell["qps"], [reason["check"] for reason in cell["reasons"]]) == (None, ["short"])


def test_workers_share_an_open_load(ui: Ui) -> None:
    kept = ui.run(5, load="open", rate=200, user_count=8, spawn_rate=8)
    cell, due = kept["cell"], kept["detail"]["arrivals_due"]
    assert due / (cell["requests"] / cell["qps"]) == pytest.approx(200, rel=0.1)
    assert cell["requests"] + kept["detail"]["arrivals_dropped"] == pytest.approx(due, rel=0.05)


def test_an_open_load_has_a_user_for_each_worker(ui: Ui) -> None:
    said = "2 workers share the arrivals; give at least 2 users, one for each"
    assert ui.swarm(load="open", rate=200, user_count=1)["message"] == said
    ui.start(2, load="open", rate=100, user_count=2)
    assert ui.swarm(user_count=1)["message"] == said
    ui.stop()


def test_locusts_own_protocol_stays_on_this_machine(ui: Ui) -> None:
    everyone = [psutil.Process(ui.pid), *psutil.Process(ui.pid).children(recursive=True)]
    listening = {
        each.laddr.ip for one in everyone for each in one.net_connections("inet") if each.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}


def test_a_worker_that_is_lost_in_the_middle_makes_the_test_invalid_and_is_named(ui: Ui) -> None:
    ui.start(2, user_count=4, spawn_rate=4)
    workers = [each for each in psutil.Process(ui.pid).children(recursive=True) if _is_worker(each)]
    assert len(workers) == 2
    os.kill(workers[0].pid, signal.SIGKILL)
    assert eventually(lambda: "workers" in _checks(ui), timeout_s=30), ui.live()["cell"]
    logs = next(line for line in ui.printed.splitlines() if line.startswith("Logs are in ")).split()[3]
    called = re.findall(r"this worker is called (\S+)", (Path(logs) / "locust.log").read_text())
    ui.stop()
    kept = ui.tests()[-1]
    assert not kept["cell"]["valid"]
    (reason,) = (each["reason"] for each in kept["cell"]["reasons"] if each["check"] == "workers")
    assert reason.startswith("1 of 2 workers were lost")
    assert len(called) == 2
    assert any(f"({name})" in reason for name in called), "its own output has the name"


def test_a_test_begins_when_all_workers_are_there_that_are_expected(lane: Synthetic, tmp_path: Path) -> None:
    # An address of its own, since the port at which workers connect is always the same.
    meeting = "127.8.6.4:5557"
    words = ("--expect-workers", "2", "--bind", "127.8.6.4", "--target", f"{LANE}={lane.base_url}")
    worker = [PYTHON, "-m", "loadtests", "worker", "--ui", "--master", meeting]
    with running_ui(tmp_path, *words) as ui, contextlib.ExitStack() as workers:
        assert f"trilane worker --ui --master {meeting}" in ui.printed
        for there in (0, 1):
            said = f"{there} of 2 workers are there; start the others with `trilane worker --ui --master {meeting}`"
            assert eventually(lambda: _lacking(ui).startswith(f"{there} of 2"), timeout_s=30), _lacking(ui)  # noqa: B023 - it is called at once
            answer = ui.swarm()
            assert (answer["success"], answer["message"]) == (False, said)
            workers.enter_context(leashed(worker, log=tmp_path / "workers.log", folder=ROOT))
        assert eventually(lambda: not ui.live()["lacking"], timeout_s=30)
        assert ui.run(2, user_count=4, spawn_rate=4)["workers"] == 2


def _connected(ui: Ui) -> int:
    workers = ui.client.get("/stats/requests").json()["workers"]
    return sum(worker["state"] == "ready" for worker in workers)


def _lacking(ui: Ui) -> str:
    return str(ui.live()["lacking"])


def _checks(ui: Ui) -> set[str]:
    return {reason["check"] for reason in ui.live()["cell"]["reasons"]}


def _is_worker(process: psutil.Process) -> bool:
    words = process.cmdline()
    # Its keeper has the same words among its own.
    return "--worker" in words and words[1:3] == ["-m", "locust"]
