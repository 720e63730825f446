"""Tests that are run in `trilane ui`: what can be chosen reaches the lane, and what is measured is kept."""

import contextlib
import csv
import io
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from backing.leash import leashed
from loadtests.measurement.cores import available
from loadtests.measurement.result import Cell
from tests.loadtests.busy import NOISE, checks
from tests.loadtests.synthetic import synthetic
from tests.loadtests.uis import Ui, quick, running_ui
from tests.waiting import eventually

pytestmark = pytest.mark.slow

IDLY_BUSY = [sys.executable, "-c", "while True: pass"]
STARTED, OTHER = "fastapi-coroutine", "fastapi-thread"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def ui(state: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    with running_ui(tmp_path_factory.mktemp("ui"), "--lane", STARTED, state=state) as ui:
        yield ui


def test_all_that_it_starts_listens_on_this_machine_alone(ui: Ui) -> None:
    everyone = [psutil.Process(ui.pid), *psutil.Process(ui.pid).children(recursive=True)]
    listening = {
        (one.name(), each.laddr.ip)
        for one in everyone
        for each in one.net_connections("inet")
        if each.status == psutil.CONN_LISTEN
    }
    assert {address for _, address in listening} == {"127.0.0.1"}
    names = " ".join(one.name() for one in everyone)
    assert "postgres" in names
    assert "valkey" in names
    # The lane, and Locust's page; the services may have sockets of the file system alone.
    assert len({name for name, _ in listening}) >= 1
    assert sum(each.status == psutil.CONN_LISTEN for one in everyone for each in one.net_connections("inet")) >= 2


@pytest.fixture(scope="module")
def first(ui: Ui) -> dict[str, Any]:
    """A test on a lane that was not up."""
    assert OTHER not in ui.printed
    return ui.run(lane=OTHER, scenario="articles", limit=7, access="pooled", user_count=4, spawn_rate=4)


def test_a_lane_that_is_not_up_is_started_with_the_test(ui: Ui, first: dict[str, Any]) -> None:
    assert first["cell"]["lane"] == OTHER
    assert first["cell"]["requests"] > 0
    assert first["cell"]["errors"] == {}
    assert ui.live()["test"]["base_url"] not in ui.printed


def test_what_is_kept_is_a_cell_as_every_measurement_has_it(first: dict[str, Any]) -> None:
    cell = first["cell"]
    assert set(cell) == set(Cell.__struct_fields__)
    assert cell["params"] == {"limit": 7, "access": "pooled"}
    assert (cell["users"], cell["rate"], cell["scenario"]) == (4, None, "articles")
    measured = ("qps", "concurrency", "cpu_us_per_request", "rss_bytes", "threads", "db_connections_max")
    assert all(cell[name] > 0 for name in measured)
    assert 0 < cell["rt_ms"]["p50"] <= cell["rt_ms"]["p95"] <= cell["rt_ms"]["max"] * 1.001
    # Every answer that the server counted is one that a user has seen, and the other way round.
    assert first["detail"]["server_answered"] == first["detail"]["client_answered"] > 0
    assert checks(cell) <= NOISE


def test_the_server_is_watched_every_second_while_a_test_runs(ui: Ui) -> None:
    ui.start(4, lane=STARTED, scenario="wait", ms=5, how="cooperative")
    live = ui.live()
    early, late = live["samples"][1], live["samples"][3]
    assert 1 < late["at_s"] - early["at_s"] < 10
    shown = ("cpu_cores", "cpu_us_per_request", "rss_bytes", "threads", "generator_core_share", "qps", "p50_ms")
    assert all(late[name] > 0 for name in shown)
    # No connection of the database is measured as no figure, and not as zero.
    assert late["db_connections"] is None
    assert live["running"]
    assert live["cell"]["valid"] in {True, False}
    assert [sample["at_s"] for sample in ui.live(since=2)["samples"]][:1] == [live["samples"][2]["at_s"]]
    answer = ui.swarm(lane=OTHER)
    assert "a test is running" in answer["message"]
    assert ui.swarm(user_count=3, spawn_rate=3)["success"], "the number of users may change"
    assert eventually(lambda: (ui.live()["cell"] or {}).get("users") == 3, timeout_s=20)
    ui.stop()
    assert not ui.live()["running"]


def test_response_times_have_three_significant_digits_in_locusts_own_table_too(ui: Ui) -> None:
    ui.run(2, lane=STARTED, scenario="hello")
    (row,) = (each for each in ui.client.get("/stats/requests").json()["stats"] if each["name"] != "Aggregated")
    shown = [row[name] for name in ("response_time_percentile_0.95", "response_time_percentile_0.99")]
    shown += [row["median_response_time"]]
    assert shown == [float(f"{each:.3g}") for each in shown]
    # Locust's own rounding leaves whole milliseconds; one of three may be whole by chance.
    assert [each for each in shown if each != int(each)]


def test_an_open_load_comes_at_its_rate(ui: Ui) -> None:
    kept = ui.run(5, lane=STARTED, scenario="hello", load="open", rate=150, user_count=8, spawn_rate=8)
    cell, detail = kept["cell"], kept["detail"]
    assert cell["rate"] == 150
    assert detail["arrivals_due"] > 0
    assert cell["requests"] + detail["arrivals_dropped"] == pytest.approx(detail["arrivals_due"], abs=10)
    assert kept["cell"]["params"] == {}


def test_sessions_are_kept_where_the_form_says(ui: Ui) -> None:
    kept = ui.run(lane=STARTED, scenario="page", store="valkey", id=3)
    assert kept["cell"]["factors"] == {"id": 3, "store": "valkey"}
    assert kept["cell"]["errors"] == {}
    assert kept["detail"]["account"]["store_commands_per_request"] > 0
    assert kept["detail"]["server_answered"] == kept["detail"]["client_answered"], "logging in is no part of the work"


@pytest.mark.parametrize(
    ("scenario", "fields"),
    [
        ("context", {"carrier": "contextvar", "hold_ms": 1}),
        ("signals", {"receivers": 3}),
        ("like", {"lock": "pessimistic"}),
        ("order", {}),
        ("upstream", {"calls": 1, "ms": 1}),
        ("article", {"access": "per-request"}),
    ],
)
def test_each_parameter_of_a_scenario_is_what_the_server_is_asked_for(
    ui: Ui, scenario: str, fields: dict[str, object]
) -> None:
    kept = ui.run(2, lane=STARTED, scenario=scenario, **fields)
    assert fields.items() <= kept["cell"]["params"].items()
    assert kept["cell"]["requests"] > 0
    assert kept["cell"]["errors"] == {}


def test_a_stop_while_a_lane_starts_keeps_the_test_from_starting(ui: Ui) -> None:
    late = "flask-process"
    answers: list[dict[str, Any]] = []
    starting = threading.Thread(target=lambda: answers.append(ui.swarm(lane=late)))
    starting.start()
    with httpx.Client(base_url=ui.url, timeout=60) as another:
        assert eventually(lambda: another.get("/trilane/live").json()["starting"] == late, timeout_s=20)
        assert (
            "is being started" in another.post("/swarm", data={"user_count": "1", "spawn_rate": "1"}).json()["message"]
        )
        assert another.post("/stop").json()["success"]
    starting.join(60)
    assert "stopped before" in answers[0]["message"]
    assert ui.client.get("/stats/requests").json()["user_count"] == 0
    assert not ui.live()["running"]


def test_a_test_beside_which_others_keep_the_cores_busy_is_not_valid(ui: Ui, tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        for core in available():
            for _ in range(2):
                stack.enter_context(leashed(IDLY_BUSY, log=tmp_path / "busy.log", cores={core}))
        kept = ui.run(4, lane=STARTED, scenario="hello")
    said = str([reason["reason"] for reason in kept["cell"]["reasons"] if reason["check"] == "steal"])
    assert not kept["cell"]["valid"]
    assert "of the server's cores" in said
    assert len(available()) == 1 or "of the cores that make the load" in said


def test_a_lane_that_died_has_no_figures_from_then_on_and_is_started_again(ui: Ui) -> None:
    ui.start(3, lane=STARTED, scenario="hello")
    url = ui.live()["test"]["base_url"]
    port = int(url.rpartition(":")[2])
    every = psutil.Process(ui.pid).children(recursive=True)
    (server,) = {each.pid for each in every if _listens(each, port)}
    os.kill(server, signal.SIGKILL)
    assert eventually(lambda: not psutil.pid_exists(server), timeout_s=10)
    before = len(ui.live()["samples"])
    assert eventually(lambda: len(ui.live()["samples"]) > before + 2, timeout_s=20)
    samples = ui.live()["samples"]
    assert not [each for each in samples if (each["cpu_cores"] or 0) < 0 or (each["cpu_us_per_request"] or 0) < 0]
    assert {samples[-1][name] for name in ("cpu_cores", "cpu_us_per_request", "rss_bytes", "threads")} == {None}
    ui.stop()
    assert ui.run(2, lane=STARTED, scenario="hello")["cell"]["errors"] == {}


def test_a_host_that_was_allowed_is_loaded_and_does_not_stick(tmp_path: Path) -> None:
    with synthetic(quick) as lane, synthetic(quick) as elsewhere:
        allowed = elsewhere.base_url.removeprefix("http://")
        with running_ui(tmp_path, "--target", f"{STARTED}={lane.base_url}", "--allow-host", allowed) as ui:
            kept = ui.run(host=elsewhere.base_url)
            assert kept["cell"]["url"] == elsewhere.base_url
            assert "/stats" in kept["cell"]["missing"], "what the server does not tell is said to be missing"
            assert kept["cell"]["rss_bytes"] is None
            assert len(elsewhere.heads) > kept["cell"]["requests"] > 0
            assert ui.run()["cell"]["url"] == lane.base_url
            refused = ui.swarm(host=f"{elsewhere.base_url}/sync?x=1")["message"]
            assert "cannot be loaded: it has a path, and a lane is all of what answers there" in refused


def test_tests_are_downloaded_removed_and_outlive_the_ui(ui: Ui, state: Path, tmp_path: Path) -> None:
    ui.run(2, lane=STARTED, scenario="article", access="per-request")
    every = ui.tests()
    assert every
    answer = ui.client.get("/trilane/tests?download")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="trilane-tests.json"'
    assert answer.json() == every
    table = ui.client.get("/trilane/tests.csv")
    assert table.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [row["id"] for row in rows] == [test["id"] for test in every]
    assert "access=per-request" in rows[-1]["params"]
    assert (rows[-1]["stack"], rows[-1]["url"]) == ("current", "")
    assert float(rows[-1]["qps"]) == every[-1]["cell"]["qps"]
    assert ui.client.delete(f"/trilane/tests/{every[0]['id']}").status_code == 204
    assert ui.client.delete(f"/trilane/tests/{every[0]['id']}").status_code == 404
    assert str(state) in ui.printed
    with running_ui(tmp_path, "--target", f"{STARTED}=http://127.0.0.1:1", state=state) as again:
        assert again.tests() == every[1:]


def _listens(process: psutil.Process, port: int) -> bool:
    try:
        return any(each.laddr.port == port and each.status == psutil.CONN_LISTEN for each in process.net_connections())
    except psutil.Error:
        return False
