"""Who may speak to `trilane ui`, and what they may ask for: real requests to the real process."""

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.loadtests.synthetic import Synthetic, synthetic
from tests.loadtests.uis import Ui, quick, running_ui
from tests.waiting import eventually

FOREIGN = ("http://evil.example", "http://localhost:1", "https://127.0.0.1", "null")


@pytest.fixture(scope="module")
def lane() -> Iterator[Synthetic]:
    with synthetic(quick) as server:
        yield server


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Synthetic]:
    with synthetic(quick) as server:
        yield server


@pytest.fixture(scope="module")
def ui(lane: Synthetic, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    with running_ui(tmp_path_factory.mktemp("guard"), "--target", f"fastapi-coroutine={lane.base_url}") as ui:
        yield ui


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8089", "127.0.0.1.evil.example", ""])
def test_a_foreign_host_is_refused_whatever_is_asked_for(ui: Ui, host: str) -> None:
    for path in ("/", "/stats/requests", "/trilane/tests", "/assets/none.js"):
        assert ui.client.get(path, headers={"Host": host}).status_code == 403
    assert ui.client.post("/swarm", headers={"Host": host}).status_code == 403


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_foreign_origin_is_refused_and_starts_nothing(ui: Ui, lane: Synthetic, origin: str) -> None:
    loaded = len(lane.heads)
    sent = {"user_count": "1", "spawn_rate": "1"}
    assert ui.client.post("/swarm", data=sent, headers={"Origin": origin}).status_code == 403
    assert ui.client.get("/stats/requests", headers={"Origin": origin}).status_code == 403
    assert ui.client.delete("/trilane/tests/any", headers={"Origin": origin}).status_code == 403
    assert ui.client.get("/stats/requests").json()["state"] == "ready"
    assert len(lane.heads) == loaded


def test_what_another_sites_page_sends_without_an_origin_is_refused(ui: Ui) -> None:
    crossed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    assert ui.client.get("/stats/requests", headers=crossed).status_code == 403
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert ui.client.get("/", headers=followed).status_code == 200
    assert ui.client.post("/stop", headers=followed).status_code == 403


def test_its_own_pages_may_speak_to_it_and_no_others_read_what_it_says(ui: Ui) -> None:
    answer = ui.client.get("/stats/requests", headers={"Origin": ui.url})
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    asked = ui.client.options("/swarm", headers={"Origin": ui.url, "Access-Control-Request-Method": "POST"})
    assert not [name for name in asked.headers if name.startswith("access-control-")]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"lane": "flask-yarn"}, "there is no lane 'flask-yarn'"),
        ({"lane": "flask-thread"}, "flask-thread is not offered here"),
        ({"scenario": "dance"}, "there is no scenario 'dance'"),
        ({"scenario": "wait", "ms": "99999"}, "ms must be a whole number from 0 to 10000"),
        ({"scenario": "wait", "how": "loudly"}, "how must be one of"),
        ({"scenario": "hello", "limit": "5"}, "the scenario hello has no such parameter"),
        ({"load": "ajar"}, "load must be one of"),
        ({"load": "open"}, "an open load needs a rate"),
        ({"load": "open", "rate": "nan"}, "an open load needs a rate"),
        ({"target": "http://127.0.0.1:1"}, "there is no field 'target'"),
        ({"web_host": "0.0.0.0"}, "there is no field 'web_host'"),  # noqa: S104 - it is refused
        ({"user_classes": "Visitor"}, "there is no field 'user_classes'"),
        ({"user_count": "100001"}, "users are too many"),
        ({"user_count": "00000000000000100001"}, "users are too many"),
        ({"user_count": "0" * 5000 + "100001"}, "user_count must be a whole number"),
        ({"user_count": "+100001"}, "user_count must be a whole number"),
        ({"user_count": " 100001"}, "user_count must be a whole number"),
        ({"user_count": "100_001"}, "user_count must be a whole number"),
        ({"user_count": "-1"}, "user_count must be a whole number"),
        ({"user_count": "0"}, "user_count must be a whole number from 1"),
        ({"user_count": ""}, "user_count must be a whole number"),
        ({"spawn_rate": "0"}, "Missing or invalid user_count or spawn_rate"),
    ],
)
def test_only_what_the_form_offers_can_be_chosen(ui: Ui, lane: Synthetic, fields: dict[str, str], said: str) -> None:
    loaded = len(lane.heads)
    answer = ui.swarm(**fields)
    assert not answer["success"]
    assert said in answer["message"]
    assert ui.client.get("/stats/requests").json()["state"] == "ready"
    # It may have been asked once what it is, and once whether it gives the right answer.
    assert len(lane.heads) <= loaded + 2


def test_only_lanes_are_loaded_whatever_host_is_typed(ui: Ui, elsewhere: Synthetic) -> None:
    for host in (elsewhere.base_url, "http://evil.example", f"http://x@{elsewhere.base_url[7:]}", "https://127.0.0.1"):
        answer = ui.swarm(host=host)
        assert not answer["success"]
        assert "--allow-host" in answer["message"]
    assert elsewhere.heads == []


def test_no_attribute_of_a_user_class_can_be_set(ui: Ui) -> None:
    settings = {"user_class_name": "Hello", "host": "http://evil.example", "scenario": "cpu-heavy", "batch_s": 0}
    answer = ui.client.post("/user", content=json.dumps(settings))
    assert answer.status_code == 403
    assert ui.client.get("/stats/requests").json()["state"] == "ready"


def test_no_debugger_answers_and_no_error_shows_a_traceback(ui: Ui) -> None:
    debugger = ui.client.get("/", params={"__debugger__": "yes", "cmd": "resource", "f": "debugger.js"})
    assert "openShell" not in debugger.text
    # Flask indents its JSON in debug mode, and only then.
    assert "\n " not in ui.client.get("/stats/requests").text
    for path in ("/console", "/trilane/none", "/trilane/handlers", "/swarm"):
        answer = ui.client.get(path)
        assert answer.status_code in {404, 405}
        assert "Traceback" not in answer.text
        assert "Werkzeug" not in answer.text


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_name_that_leads_out_of_the_folder_of_tests_finds_nothing(ui: Ui, method: str) -> None:
    assert ui.client.request(method, "/trilane/tests/..%2F..%2Fetc%2Fpasswd").status_code in {404, 405}


def test_an_address_that_others_can_reach_needs_a_token_and_says_so(lane: Synthetic, tmp_path: Path) -> None:
    own = {**os.environ, "TRILANE_UI_PASSWORD": ""}
    words = ("--bind", "0.0.0.0", "--target", f"fastapi-coroutine={lane.base_url}")  # noqa: S104 - it has a token
    with running_ui(tmp_path, *words, environment=own) as ui:
        assert "Others can reach 0.0.0.0, so it asks for a password" in ui.printed
        for path in ("/", "/stats/requests", "/trilane/tests", "/trilane/static/page.js", "/assets/none.js"):
            bare = httpx.get(f"{ui.url}{path}")
            assert bare.status_code == 401
            assert bare.headers["WWW-Authenticate"].startswith("Basic")
        assert httpx.get(f"{ui.url}/", auth=("trilane", "wrong")).status_code == 401
        assert httpx.get(f"{ui.url}/", headers={"Authorization": "Basic %%%"}).status_code == 401
        assert httpx.post(f"{ui.url}/swarm", data={"user_count": "1", "spawn_rate": "1"}).status_code == 401
        assert ui.client.get("/").status_code == 200
        assert ui.client.get("/", headers={"Host": "evil.example"}).status_code == 403
        # Whether it is up may be asked by anybody; nothing else is said.
        assert httpx.get(f"{ui.url}/trilane/alive").text == "it is up\n"


def test_a_password_of_ones_own_takes_the_place_of_the_token(lane: Synthetic, tmp_path: Path) -> None:
    own = {**os.environ, "TRILANE_UI_PASSWORD": "correct horse battery"}
    words = ("--target", f"fastapi-coroutine={lane.base_url}")
    with running_ui(tmp_path, *words, environment=own, password="correct horse battery") as ui:  # noqa: S106 - a test's
        assert "correct horse" not in ui.printed
        assert httpx.get(f"{ui.url}/").status_code == 401
        assert ui.client.get("/").status_code == 200


@contextlib.contextmanager
def by_hand(lane: Synthetic, state: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Start Locust itself with our locustfile; yield it and its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    targets = json.dumps({"fastapi-coroutine": lane.base_url})
    environment = {**os.environ, "TRILANE_TARGETS": targets, "TRILANE_UI_STATE": str(state)}
    command = [sys.executable, "-m", "locust", "-f", "loadtests/locustfile.py", "--web-port", str(port), *words]
    with (state / "locust.log").open("w") as log:
        locust = subprocess.Popen(command, env=environment, stderr=log, text=True)
    try:
        assert eventually(lambda: _listening(locust.pid), timeout_s=30)
        yield locust, port
    finally:
        locust.terminate()
        locust.wait(timeout=30)


def test_locust_by_hand_listens_on_this_machine_alone(lane: Synthetic, tmp_path: Path) -> None:
    with by_hand(lane, tmp_path) as (locust, port):
        assert _listening(locust.pid) == {"127.0.0.1"}
        assert httpx.get(f"http://127.0.0.1:{port}/", headers={"Origin": "http://evil.example"}).status_code == 403


def test_locust_by_hand_needs_a_token_where_others_can_reach_it(lane: Synthetic, tmp_path: Path) -> None:
    with by_hand(lane, tmp_path, "--web-host", "0.0.0.0") as (locust, port):  # noqa: S104 - it has a token
        assert _listening(locust.pid) == {"0.0.0.0"}  # noqa: S104 - as above
        said = re.search(r"by any user name: (\S+)\. ", (tmp_path / "locust.log").read_text())
        assert said
        url = f"http://127.0.0.1:{port}/"
        assert httpx.get(url).status_code == 401
        assert httpx.get(url, auth=("anybody", said.group(1))).status_code == 200


def _listening(pid: int) -> set[str]:
    connections = psutil.Process(pid).net_connections("inet")
    return {each.laddr.ip for each in connections if each.status == psutil.CONN_LISTEN}
