"""How tests of `trilane ui` begin, change and end: real requests to the real process, one lane at a time."""

import asyncio
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.loadtests.synthetic import Peer, Synthetic, synthetic
from tests.loadtests.uis import ROOT, Ui, quick, running_ui
from tests.waiting import eventually

pytestmark = pytest.mark.slow
LANE, OTHER = "fastapi-coroutine", "flask-thread"


@pytest.fixture(scope="module")
def lane() -> Iterator[Synthetic]:
    with synthetic(quick) as server:
        yield server


@pytest.fixture(scope="module")
def other() -> Iterator[Synthetic]:
    with synthetic(quick) as server:
        yield server


@pytest.fixture(scope="module")
def ui(lane: Synthetic, other: Synthetic, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    words = ("--target", f"{LANE}={lane.base_url}", "--target", f"{OTHER}={other.base_url}")
    with running_ui(tmp_path_factory.mktemp("life"), *words) as ui:
        yield ui


@pytest.mark.parametrize(("before", "after"), [(2, 60), (40, 4)])
def test_a_test_that_is_stopped_in_the_middle_of_an_edited_ramp_has_no_figures(ui: Ui, before: int, after: int) -> None:
    ui.start(3, lane=LANE, user_count=before, spawn_rate=before)
    assert ui.live()["cell"]["users"] == before
    assert ui.swarm(user_count=after, spawn_rate=2)["success"]
    assert eventually(lambda: ui.live()["cell"] is None, timeout_s=20), "there is no window any more"
    assert eventually(lambda: abs(_users(ui) - before) >= 3, timeout_s=20)
    ui.stop()
    cell = ui.tests()[-1]["cell"]
    assert (cell["valid"], cell["qps"]) == (False, None)
    assert [reason["check"] for reason in cell["reasons"]] == ["short"]


def test_once_all_edited_users_are_there_the_figures_are_theirs(ui: Ui) -> None:
    ui.start(3, lane=LANE, user_count=2, spawn_rate=2)
    assert ui.swarm(user_count=6, spawn_rate=6)["success"]
    assert eventually(lambda: (ui.live()["cell"] or {}).get("users") == 6, timeout_s=20)
    ui.stop()
    cell = ui.tests()[-1]["cell"]
    assert cell["users"] == 6
    assert cell["concurrency"] == pytest.approx(6, rel=0.2)


def test_what_is_left_out_is_the_lane_of_the_last_test_under_a_closed_load_without_an_end(ui: Ui) -> None:
    ui.run(2, lane=OTHER, load="open", rate=20, run_time=60)
    for run_time in ("", "0"):
        ui.start(2, run_time=run_time)
        test = ui.live()["test"]
        assert (test["lane"], test["scenario"], test["params"], test["rate"]) == (OTHER, "hello", {}, None)
        assert ui.live()["running"]
        ui.stop()


def test_of_two_starts_at_once_one_is_refused_and_its_lane_is_not_loaded(ui: Ui, other: Synthetic) -> None:
    loaded = len(other.heads)
    assert ui.swarm(lane=LANE, user_count=4)["success"]
    refused = ui.swarm(lane=OTHER, user_count=4)
    assert not refused["success"]
    assert "a test is running" in refused["message"]
    assert ui.live()["test"]["lane"] == LANE
    ui.stop()
    answers = _at_once(ui, {"lane": LANE}, {"lane": OTHER})
    assert {answer["success"] for answer in answers} == {False, True}
    (winner,) = (name for name, answer in zip((LANE, OTHER), answers, strict=True) if answer["success"])
    assert eventually(lambda: _users(ui) == 2, timeout_s=20)
    assert ui.live()["test"]["lane"] == winner
    stats = {row["name"] for row in ui.client.get("/stats/requests").json()["stats"] if row["num_requests"]}
    assert stats - {"Aggregated"} <= {f"{winner} hello"}
    ui.stop()
    if winner == LANE:
        assert len(other.heads) <= loaded + 1


def test_while_a_test_runs_no_host_and_no_profile_can_be_set(ui: Ui) -> None:
    ui.start(2, lane=LANE)
    for fields in ({"host": "http://evil.example"}, {"profile": "evil"}, {"lane": OTHER}):
        answer = ui.swarm(**fields)
        assert not answer["success"]
        assert "a test is running" in answer["message"]
        assert "evil" not in answer["host"]
    assert "evil" not in ui.client.get("/").text
    ui.stop()
    answer = ui.swarm(lane=LANE, host="http://evil.example")
    assert "--allow-host" in answer["message"]


def test_the_page_names_the_address_of_the_lane_that_is_loaded(ui: Ui, lane: Synthetic, other: Synthetic) -> None:
    for name, server in ((LANE, lane), (OTHER, other), (LANE, lane)):
        # What Locust's form sends is what it has shown before.
        shown = _shown(ui)
        answer = ui.swarm(lane=name, host=shown)
        assert answer["success"], answer["message"]
        assert answer["host"] == server.base_url
        assert _shown(ui) == server.base_url
        ui.stop()
        assert _shown(ui) == server.base_url


def test_when_a_test_is_over_the_figures_are_those_that_are_kept(ui: Ui) -> None:
    ui.start(3, lane=LANE)
    ui.stop()
    live = ui.live()
    assert live["cell"] == ui.tests()[-1]["cell"]
    assert all(sample["users"] for sample in live["samples"]), "no second after the end is among them"


def test_a_stop_while_a_lane_is_asked_for_is_not_lost(tmp_path: Path) -> None:
    asked, go = threading.Event(), threading.Event()

    async def slow(number: int, peer: Peer) -> str:
        if number == 1:
            asked.set()
            await asyncio.to_thread(go.wait, 20)
        return await quick(number, peer)

    with synthetic(slow) as lane, running_ui(tmp_path, "--target", f"{LANE}={lane.base_url}") as ui:
        answers: list[dict[str, object]] = []
        starting = threading.Thread(target=lambda: answers.append(_own(ui).swarm(lane=LANE)))
        starting.start()
        assert asked.wait(20)
        assert ui.live()["starting"] == LANE
        ui.stop()
        go.set()
        starting.join(30)
        assert not answers[0]["success"]
        assert "stopped before" in str(answers[0]["message"])
        assert ui.live()["starting"] == ""
        assert _users(ui) == 0
        assert ui.run(2, lane=LANE)["cell"]["requests"] > 0, "the next one starts as if nothing had been"


# Importing Locust patches the interpreter, so this runs in one of its own.
NOBODY_MEASURES = """
from argparse import Namespace
import gevent
import loadtests.locustfile as file
from locust.env import Environment
from backing.problem import Problem
from loadtests.web.crew import Crew
from loadtests.web.session import Session

def gone(_):
    raise Problem("the process that serves the lanes is gone")

options = Namespace(lane="flask-thread", scenario="hello", target="http://127.0.0.1:1", stop_timeout=0)
environment = Environment(user_classes=[file.Hello], parsed_options=options)
session = Session(environment, gone, None, Crew(environment))
runner = environment.create_local_runner()
session.listen()
runner.start(3, 3)
gevent.sleep(1)
print(runner.user_count, runner.state, session.trouble)
"""


def test_where_a_test_cannot_be_measured_nobody_makes_load() -> None:
    command = [sys.executable, "-c", NOBODY_MEASURES]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout == "0 ready the process that serves the lanes is gone\n"


def _users(ui: Ui) -> int:
    return int(ui.client.get("/stats/requests").json()["user_count"])


def _shown(ui: Ui) -> str:
    found = re.search(r'"host": ?"([^"]*)"', ui.client.get("/").text)
    assert found
    return found.group(1)


def _own(ui: Ui) -> Ui:
    """Return the same UI with a connection of its own."""
    return Ui(ui.url, ui.pid, ui.log, httpx.Client(base_url=ui.url, timeout=60))


def _at_once(ui: Ui, *forms: dict[str, str]) -> list[dict[str, object]]:
    answers: list[dict[str, object]] = [{} for _ in forms]

    def send(place: int) -> None:
        answers[place] = _own(ui).swarm(**forms[place])

    threads = [threading.Thread(target=send, args=(place,)) for place in range(len(forms))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers
