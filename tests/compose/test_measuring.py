"""Load and measurement in containers: Locust's workers, and the harness with everything of its own."""

import io
import json
import subprocess
import tarfile
from secrets import token_hex
from typing import Any

import httpx
import pytest

from backing.password import UI_PASSWORD as PASSWORD
from tests.compose.loading import answered
from tests.compose.project import ROOT, Containers
from tests.waiting import eventually

pytestmark = pytest.mark.compose
COMPARE = ("compare", "--lane", "flask-thread,fastapi-coroutine", "--scenario", "hello", "--users", "4", "--rounds",
           "2", "--json", "--out", "runs/tried")  # fmt: skip
UNTRUSTED = 3
LOOKED_AT_S = 8
UNSTEADY = {"steady", "little", "generator"}
CONNECT = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], 5557), timeout=5)
except OSError as error:
    print(type(error).__name__)
"""


def test_a_load_started_by_the_web_uis_api_comes_from_all_workers_through_the_compose_network(up: Containers) -> None:
    with up.ui() as ui:
        assert eventually(lambda: len(workers(ui)) == 2, timeout_s=30)
        before = answered(up)
        asked = {"user_count": "4", "spawn_rate": "4", "lane": "django-thread", "scenario": "articles"}
        assert ui.post("/swarm", data=asked).json()["success"]
        assert eventually(lambda: figures(ui)["num_requests"] > 50, timeout_s=60)
        # So long that the engine has looked several times whether the apps are healthy.
        assert eventually(lambda: len(ui.get("/trilane/live").json()["samples"]) > LOOKED_AT_S, timeout_s=60)
        assert {each["user_count"] for each in workers(ui)} == {2}
        ui.post("/stop")
        assert eventually(lambda: ui.get("/stats/requests").json()["state"] == "stopped", timeout_s=30)
        shown = figures(ui)
        assert eventually(lambda: ui.get("/trilane/tests").json(), timeout_s=30)
        kept = ui.get("/trilane/tests").json()
    assert shown["num_failures"] == 0
    assert shown["name"] == "django-thread articles"
    now = answered(up)
    assert now[2] - before[2] >= shown["num_requests"]
    # What the tab Compare shows: the app tells over the network what it used.
    test = kept[-1]
    assert test["workers"] == 2
    # On a machine that others use a load may be unsteady; nothing else may be wrong with it.
    assert {reason["check"] for reason in test["cell"]["reasons"]} <= UNSTEADY, test["cell"]["reasons"]
    assert test["cell"]["valid"] == (not test["cell"]["reasons"])
    assert test["detail"]["server_answered"] == test["detail"]["client_answered"]
    assert (test["cell"]["lane"], test["cell"]["scenario"]) == ("django-thread", "articles")
    assert test["cell"]["rss_bytes"] > 0
    assert test["cell"]["cpu_us_per_request"] > 0
    up.compose("up", "--wait", "--force-recreate", "locust")
    with up.ui() as ui:
        assert ui.get("/trilane/tests").json() == kept


def test_the_web_ui_answers_to_its_own_names_alone_and_asks_for_a_password(up: Containers) -> None:
    url = up.url("locust")
    assert httpx.get(url, headers={"Host": "example.org"}, timeout=30).status_code == 403
    assert httpx.post(f"{url}/swarm", headers={"Origin": "http://example.org"}, timeout=30).status_code == 403
    for path in ("/", "/stats/requests", "/trilane/tests"):
        assert httpx.get(f"{url}{path}", timeout=30).status_code == 401
    assert httpx.get(f"{url}/trilane/alive", timeout=30).status_code == 200
    with up.ui() as ui:
        assert ui.get("/").status_code == 200


def test_the_web_ui_asks_for_another_password_as_soon_as_one_is_given(up: Containers) -> None:
    url, before, given = up.url("locust"), up.password(), f'"{token_hex()}\\ $5'
    try:
        up.choosing(**{PASSWORD: given}).compose("up", "--wait", "locust")
        assert httpx.get(url, auth=("me", before), timeout=30).status_code == 401
        assert httpx.get(url, auth=("me", given), timeout=30).status_code == 200
    finally:
        up.compose("up", "--wait")


def test_only_the_web_ui_has_the_folder_with_its_password(up: Containers) -> None:
    volume = f"{up.project}_ui-secret"
    having = {
        name for name, found in up.inspected().items() for each in found
        if volume in {mount.get("Name") for mount in each["Mounts"]}
    }  # fmt: skip
    assert having == {"locust"}


def test_a_password_that_is_too_short_is_refused_in_one_line(up: Containers) -> None:
    done = up.choosing(**{PASSWORD: "short"}).run("run", "--rm", "--no-deps", "-T", "password")
    assert done.returncode != 0
    assert f"{PASSWORD} has 5 characters; give at least 12" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_only_workers_reach_the_port_of_the_master(up: Containers) -> None:
    seen = {
        service: up.compose("exec", "-T", service, "python", "-c", CONNECT, name).strip()
        for service, name in (("flask", "locust"), ("django", "master"), ("worker", "master"))
    }
    assert seen == {"flask": "ConnectionRefusedError", "django": "gaierror", "worker": ""}


def figures(ui: httpx.Client) -> dict[str, Any]:
    """Return the first row of Locust's statistics."""
    return dict(ui.get("/stats/requests").json()["stats"][0])


def workers(ui: httpx.Client) -> list[dict[str, Any]]:
    """Return the workers that the master knows."""
    return [each for each in ui.get("/stats/requests").json().get("workers", []) if each["state"] != "missing"]


def test_more_workers_come_with_one_option(up: Containers) -> None:
    try:
        up.compose("up", "--wait", "--scale", "worker=3")
        with up.ui() as ui:
            assert eventually(lambda: len(workers(ui)) == 3, timeout_s=30)
    finally:
        up.compose("up", "--wait")


def test_the_harness_measures_inside_a_container_and_its_results_can_be_taken_out(up: Containers) -> None:
    done = up.run("run", "--rm", "-T", "trilane", *COMPARE)
    # With two rounds the control may fail by chance, which is no matter here.
    assert done.returncode in {0, UNTRUSTED}, done.stderr
    cells = json.loads(done.stdout)["cells"]
    assert {cell["lane"] for cell in cells} == {"flask-thread", "fastapi-coroutine"}
    for cell in cells:
        assert cell["requests"] > 0
        assert cell["errors"] == {}
        assert cell["cpu_us_per_request"] > 0
        assert cell["rss_bytes"] > 0
    assert {"run.json", "slices.jsonl", "summary.json", "report.html"} <= results(up)


def results(up: Containers) -> set[str]:
    """Take a run's folder out of its volume, as the documentation does; return the names of its files."""
    copied = subprocess.run(
        ["docker", "compose", "--project-name", up.project, "run", "--rm", "-T", "--entrypoint", "tar", "trilane",  # noqa: S607 - the person's own docker
         "-C", "runs", "-c", "tried"],
        cwd=ROOT, capture_output=True, check=True,
    ).stdout  # fmt: skip
    with tarfile.open(fileobj=io.BytesIO(copied)) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


def test_the_harness_checks_an_app_over_the_compose_network(up: Containers) -> None:
    done = up.run("run", "--rm", "-T", "trilane", "check", "http://fastapi:8000", "--style", "async")
    assert done.returncode == 0, done.stdout + done.stderr
