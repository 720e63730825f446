"""Servers start at once, say why when they do not, and leave nothing behind."""

import dataclasses
import http.client
import json
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from backing.counter import REFUSED
from backing.problem import LaneFailed, Problem
from backing.services import Services
from loadtests.servers import LANES, Lane, Server, find, served, stack, start, workers_for
from loadtests.servers.environment import environment_of, set_by_hand
from loadtests.servers.setup import Setup
from tests.waiting import eventually, running

NO_SERVICES = Services("postgresql:///unused", "unix:///unused", {"postgres": 1})
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux pins processes to cores")


def tiny(lane: Lane, app: str | None = None) -> Lane:
    """Return the lane with an app of the tests behind its own server command."""
    kind = "wsgi" if "gunicorn" in lane.server else "asgi"
    return dataclasses.replace(lane, command=(*lane.command[:-1], f"tests.loadtests.tiny:{app or kind}"))


def ask(server: Server, path: str = "/") -> dict[str, Any]:
    connection = http.client.HTTPConnection(urlsplit(server.base_url).netloc, timeout=30)
    connection.request("GET", path)
    answer: dict[str, Any] = json.loads(connection.getresponse().read())
    connection.close()
    return answer


@pytest.fixture(scope="module")
def servers(run_folder: Path) -> Iterator[list[Server]]:
    """One server of each kind, all up."""
    names = ("flask-process", "flask-thread", "flask-greenlet", "fastapi-coroutine", "fastapi-process")
    lanes = [tiny(LANES[name]) for name in names]
    with served(lanes, services=NO_SERVICES, folder=run_folder) as up:
        yield up


def test_all_servers_are_up_at_once_on_ports_of_their_own(servers: list[Server]) -> None:
    assert len({server.base_url for server in servers}) == len(servers)
    for server in servers:
        assert server.alive()
        assert ask(server)["pid"] in server.processes()


def test_a_server_has_its_workers_below_it(servers: list[Server]) -> None:
    for server in servers:
        assert server.processes()[0] == server.pid
        assert len(server.processes()) >= (server.workers if server.workers == 1 else server.workers + 1)


def test_a_server_is_told_its_lane_and_nothing_that_slows_python(
    servers: list[Server], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for server in servers:
        told = ask(server)["environment"]
        assert told["TRILANE_LANE"] == server.lane.name
        assert told["TRILANE_DATABASE_URL"] == NO_SERVICES.database_url
        assert told["TRILANE_COUNTERS"] == str(server.counters)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("TRILANE_POOL_SIZE", "3")
    monkeypatch.setenv("PGPASSFILE", "/file")
    ours = environment_of(Setup(LANES["flask-thread"]), NO_SERVICES, tmp_path)
    assert ours["TRILANE_POOL_SIZE"] == "3"
    assert not {"PYTHONDONTWRITEBYTECODE", "PGPASSFILE"} & set(ours)
    theirs = environment_of(Setup(LANES["flask-thread"]), dataclasses.replace(NO_SERVICES, processes={}), tmp_path)
    assert theirs["PGPASSFILE"] == "/file"


def test_what_a_person_changes_of_the_servers_is_told_without_passwords() -> None:
    shell = {"PATH": "/bin", "PGHOST": "there", "TRILANE_POOL_SIZE": "3", "TRILANE_LANE": "none"}
    shell |= {"TRILANE_SECRET_KEY": "s3cret", "TRILANE_SECRET_KEY_FILE": "/s3cret"}
    assert set_by_hand(shell) == {"TRILANE_POOL_SIZE": "3"}
    urls = {
        "TRILANE_DATABASE_URL": "postgresql://me:s3cr@t/@there:5432/db?password=s3cret",
        "TRILANE_VALKEY_URL": "valkey://:s3cret@there/0",
        "PGPASSWORD": "s3cret",
    }
    assert set_by_hand(shell | urls) == {
        "PGHOST": "there",
        "TRILANE_DATABASE_URL": "postgresql://me:***@there:5432/db?password=***",
        "TRILANE_POOL_SIZE": "3",
        "TRILANE_VALKEY_URL": "valkey://:***@there/0",
    }


@linux_only
def test_a_server_can_be_moved_to_other_cores_with_all_its_threads(servers: list[Server]) -> None:
    everywhere = frozenset(os.sched_getaffinity(0))
    for cores in (frozenset({min(everywhere)}), everywhere):
        for server in servers:
            server.place(cores)
            threads = [int(task.name) for pid in server.processes() for task in Path(f"/proc/{pid}/task").iterdir()]
            assert {frozenset(os.sched_getaffinity(thread)) for thread in threads} == {cores}


@linux_only
def test_a_server_runs_on_its_cores_from_the_start_with_the_workers_that_fit_them(tmp_path: Path) -> None:
    cores = frozenset({max(os.sched_getaffinity(0))})
    with served([tiny(LANES["flask-process"])], services=NO_SERVICES, folder=tmp_path, cores=cores) as (server,):
        assert {frozenset(os.sched_getaffinity(pid)) for pid in server.processes()} == {cores}
        assert server.workers == 2


def test_workers_are_the_lanes_own_or_one_per_core_and_at_least_two() -> None:
    assert workers_for(LANES["flask-thread"], 8) == 1
    assert [workers_for(LANES["flask-process"], cores) for cores in (1, 2, 8)] == [2, 2, 8]


def test_a_lane_may_run_twice_beside_itself(tmp_path: Path) -> None:
    lane = tiny(LANES["fastapi-coroutine"])
    with served([lane, lane], services=NO_SERVICES, folder=tmp_path) as (one, other):
        assert one.base_url != other.base_url
        assert one.log != other.log
        assert one.counters != other.counters


def test_answers_are_the_sum_of_what_all_processes_counted(servers: list[Server]) -> None:
    server = servers[0]
    for name, count in (("1", 3), ("2", 2**40)):
        (server.counters / name).write_bytes(count.to_bytes(8, "little"))
    assert server.answered() == 3 + 2**40
    # What only some of them count is not known.
    assert server.counted(REFUSED) is None


def test_stopping_leaves_no_process(tmp_path: Path) -> None:
    lanes = [tiny(LANES[name]) for name in ("flask-process", "fastapi-process")]
    with served(lanes, services=NO_SERVICES, folder=tmp_path) as up:
        pids = [pid for server in up for pid in server.processes()]
        assert running(pids) == pids
    assert not running(pids)
    assert not any(server.alive() for server in up)


@pytest.mark.parametrize("name", ["flask-process", "flask-thread", "fastapi-coroutine", "fastapi-process"])
def test_an_app_that_raises_at_import_fails_with_the_end_of_its_log(name: str, tmp_path: Path) -> None:
    broken = dataclasses.replace(LANES[name], command=(*LANES[name].command[:-1], "tests.loadtests.broken:app"))
    healthy = tiny(LANES["fastapi-thread"])
    with (
        pytest.raises(LaneFailed, match=f"the lane {name}") as failed,
        served([healthy, broken], services=NO_SERVICES, folder=tmp_path) as up,
    ):
        pytest.fail(f"{up} came up")
    assert "| RuntimeError: the pool is too small" in str(failed.value)
    assert str(tmp_path / f"{name}.log") in str(failed.value)
    assert len(str(failed.value).splitlines()) < 20
    assert failed.value.exit_code == 4


def test_an_app_that_is_not_healthy_fails_with_what_it_misses(tmp_path: Path) -> None:
    server = start(tiny(LANES["flask-thread"], "unhealthy"), services=NO_SERVICES, folder=tmp_path)
    try:
        with pytest.raises(LaneFailed, match="not ready after 3 s: /health answers 503: no database"):
            server.wait_until_ready(timeout_s=3)
    finally:
        server.stop()


def test_a_worker_that_never_answers_keeps_a_lane_from_being_ready(tmp_path: Path) -> None:
    server = start(tiny(LANES["flask-process"]), services=NO_SERVICES, folder=tmp_path)
    (server.counters / "1").write_bytes((1).to_bytes(8, "little"))
    try:
        with pytest.raises(LaneFailed, match="1 of its 2 workers answered"):
            server.wait_until_ready(timeout_s=2)
    finally:
        server.stop()


@pytest.mark.parametrize("name", ["flask-thread", "fastapi-coroutine"])
def test_a_given_port_is_used_and_one_in_use_is_a_problem(name: str, tmp_path: Path) -> None:
    lane = tiny(LANES[name])
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Problem, match=f"port {port} on 127.0.0.1 cannot be used: Address already in use"):
            start(lane, services=NO_SERVICES, folder=tmp_path, port=port)
    server = start(lane, services=NO_SERVICES, folder=tmp_path, port=port)
    try:
        server.wait_until_ready()
        assert server.base_url == f"http://127.0.0.1:{port}"
        assert ask(server)["pid"] in server.processes()
    finally:
        server.stop()


@linux_only
@pytest.mark.parametrize("name", ["flask-thread", "fastapi-coroutine"])
def test_a_server_may_listen_on_an_ipv6_address(name: str, private_services: Services, tmp_path: Path) -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    server = start(LANES[name], services=private_services, folder=tmp_path, host="::1")
    try:
        server.wait_until_ready()
        assert server.base_url.startswith("http://[::1]:")
    finally:
        server.stop()


def test_nobody_else_is_given_the_port_of_a_server_that_is_starting(tmp_path: Path) -> None:
    server = start(tiny(LANES["flask-thread"]), services=NO_SERVICES, folder=tmp_path)
    try:
        port = urlsplit(server.base_url).port
        with pytest.raises(OSError, match="in use"), socket.socket() as other:
            other.bind(("127.0.0.1", port or 0))
        server.wait_until_ready()
    finally:
        server.stop()


def test_a_server_that_dies_is_not_alive(tmp_path: Path) -> None:
    with served([tiny(LANES["fastapi-coroutine"])], services=NO_SERVICES, folder=tmp_path) as (server,):
        os.kill(server.pid, 9)
        assert eventually(lambda: not server.alive())
        assert server.processes() == []


def test_an_unknown_lane_or_stack_is_a_problem() -> None:
    with pytest.raises(Problem, match="unknown lane 'flask-threads': did you mean flask-thread"):
        find("flask-threads")
    with pytest.raises(Problem, match="unknown stack 'modern': choose one of current, vintage"):
        stack("modern")


@pytest.mark.parametrize("name", ["current", "vintage"])
def test_every_lane_starts_and_answers(name: str, private_services: Services, tmp_path: Path) -> None:
    with served(list(LANES.values()), services=private_services, folder=tmp_path, stack=name) as up:
        for server in up:
            assert server.alive(), server.log.read_text()
            assert server.answered() >= server.workers
            assert server.log.read_text() == ""
