"""A worker that is lost does not pass unnoticed, and nobody takes part who does not know the token."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import threading
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest
import zmq

from backing.problem import Problem
from loadtests.agent_client import AgentDied, WorkerLost, end_with, insist
from loadtests.measurement.cores import available
from loadtests.servers.ports import shown
from loadtests.servers.stacks import ROOT
from loadtests.workers.crewing import LOOPBACK, Crewing
from loadtests.workers.launch import APART_S, CrewAgent, crew
from tests.loadtests.crews import PYTHON, TOKEN, WORKER, ends, free_port, one, others, ours, process, tokened
from tests.loadtests.loading import load_of
from tests.loadtests.synthetic import RIGHT, Peer, synthetic
from tests.waiting import eventually

pytestmark = pytest.mark.slow
AROUND: dict[str, Any] = {"settle_s": 0.1 + APART_S, "linger_s": APART_S}


async def quick(_number: int, peer: Peer) -> str:
    await asyncio.sleep(0.001)
    await peer.send(RIGHT)
    return "right"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "frozen"])
def test_a_worker_lost_in_a_slice_voids_it_and_is_named(tmp_path: Path, number: signal.Signals) -> None:
    with ours(tmp_path, 2) as agent, synthetic(quick) as server:
        agent.load(load_of(server, **AROUND))
        lost = worker_processes(agent)[0]
        threading.Timer(0.5, lost.send_signal, [number]).start()
        with pytest.raises(WorkerLost, match=rf"process {lost.pid}\) was lost: .*; 1 of 2 workers are left") as loss:
            agent.load(load_of(server, window_s=600, timeout_s=600))
        assert not loss.value.goes_on
        assert isinstance(loss.value, AgentDied)
        told = len(server.log)
        assert not eventually(lambda: len(server.log) > told + 50, 0.5), "those left go on loading"


def test_a_worker_lost_between_two_slices_is_told_before_the_next_one(tmp_path: Path) -> None:
    with ours(tmp_path, 2) as agent, synthetic(quick) as server:
        worker_processes(agent)[0].kill()
        assert eventually(lambda: len(agent.muster().members) == 1)
        with pytest.raises(WorkerLost, match="its process ended; 1 of 2 workers are left"):
            agent.load(load_of(server, **AROUND))
        assert server.log == []


def test_those_left_make_the_whole_load_where_that_is_wished(tmp_path: Path) -> None:
    with ours(tmp_path, 2, "go-on") as agent, synthetic(quick) as server:
        agent.load(load_of(server, users=5, **AROUND))
        threading.Timer(0.5, worker_processes(agent)[1].kill).start()
        with pytest.raises(WorkerLost) as loss:
            agent.load(load_of(server, users=5, window_s=600, timeout_s=600))
        assert loss.value.goes_on
        seen = insist(agent, load_of(server, users=5, **AROUND), end_with)
        assert [part.users for part in seen.parts] == [5]
        worker_processes(agent)[0].kill()
        with pytest.raises(WorkerLost, match="0 of 2 workers are left") as last:
            agent.load(load_of(server, **AROUND))
        assert not last.value.goes_on


def worker_processes(agent: CrewAgent) -> list[psutil.Process]:
    """The workers that are there, in their order."""
    return [psutil.Process(int(member.name.rstrip(")").rsplit(" ", 1)[1])) for member in agent.muster().members]


def test_a_worker_with_another_token_is_turned_away_and_one_that_asks_too_late_as_well(tmp_path: Path) -> None:
    log = tmp_path / "stranger.log"

    with others(tmp_path, "127.0.0.1", one) as (agent, _), synthetic(quick) as server:
        address = ["127.0.0.1", str(agent.muster().port)]
        with process([*WORKER, *address], log, token=TOKEN[::-1]) as stranger:
            assert ends(stranger)
        with process([*WORKER, *address], log) as late:
            assert ends(late)
        assert (stranger.returncode, late.returncode) == (2, 2)
        assert agent.muster().strangers == 1
        assert len(agent.load(load_of(server)).parts) == 1
    assert "does not know the token in TRILANE_TOKEN" in log.read_text()
    assert "has all the 1 workers that it waited for" in log.read_text()


LOCUSTS_OWN: tuple[tuple[object, object], ...] = (
    ([], None), ({}, None), (7, None), (None, None), ("trilane", 7), ("trilane-hello", None),
    ("client_ready", "2.47.0"), ("locustfile", {"version": "2.47.0"}), ("heartbeat", 7), ("stats", None),
    ("quit", None), ("spawning_complete", None), ("exception", None), ("logs", {}), ("trilane", b"?"),
    ("trilane-hello", b"?"),
)  # fmt: skip


def test_what_strangers_send_to_the_port_ends_nothing(tmp_path: Path) -> None:
    with others(tmp_path, "127.0.0.1", one) as (agent, _), synthetic(quick) as server:
        port = agent.muster().port
        with socket.create_connection(("127.0.0.1", port)) as raw:
            raw.sendall(os.urandom(4096))
        with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
            dealer.setsockopt(zmq.IDENTITY, b"stranger")
            dealer.connect(f"tcp://127.0.0.1:{port}")
            for kind, data in LOCUSTS_OWN:
                dealer.send(msgspec.msgpack.encode((kind, data, "stranger")))
            for garbage in (b"", b"\xc1", b"\x93\x01\x02", os.urandom(64)):
                dealer.send(garbage)
            for _ in range(3):
                seen = agent.load(load_of(server))
                assert (len(seen.parts), seen.errors) == (1, {})


def test_a_worker_leaves_when_its_run_ends(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        agent, (worker,) = stack.enter_context(others(tmp_path, "127.0.0.1", one))
        log = tmp_path / "again.log"
        with process([*WORKER, "127.0.0.1", str(agent.muster().port)], log) as late:
            assert ends(late)
        os.kill(agent.pid, signal.SIGSTOP)
        assert not eventually(lambda: worker.poll() is not None, 1.0)
        os.kill(agent.pid, signal.SIGCONT)
        os.kill(agent.pid, signal.SIGKILL)
        assert ends(worker)
        assert worker.returncode == 3
    assert "its master was not heard for 6 s" in (tmp_path / "others.log").read_text()


def test_workers_are_sent_home_in_order(tmp_path: Path) -> None:
    command = [PYTHON, "-m", "loadtests", "worker", "--processes", "3", "--master"]
    crewing = Crewing(workers=2, expected=True, port=free_port())
    asked, told = threading.Event(), tmp_path / "home.log"
    with tokened(), contextlib.ExitStack() as stack:
        home = stack.enter_context(process([*command, crewing.address], told))
        with crew(tmp_path, crewing, log_folder=tmp_path, say=lambda _: asked.set()) as agent:
            assert len(agent.members) == 2
            assert eventually(lambda: "has all the 2 workers" in told.read_text(), 30)
        assert ends(home)
    # One too many fails nobody.
    assert home.returncode == 0
    assert told.read_text().count("its master ended") == 2
    assert asked.is_set()


@pytest.mark.parametrize(
    ("how", "said"),
    [("raises", "a worker failed: KeyError: 'slice 1'"), ("says-nothing", "no answer within 15 s from worker 1 (")],
)
def test_a_worker_that_fails_in_an_unforeseen_way_is_told_in_time(tmp_path: Path, how: str, said: str) -> None:
    def failing(port: int) -> list[list[str]]:
        return [[PYTHON, "-m", "tests.loadtests.failing_worker", LOOPBACK, str(port), how]]

    with others(tmp_path, LOOPBACK, failing) as (agent, _), synthetic(quick) as server:
        with pytest.raises(Problem) as told:
            agent.load(load_of(server, **AROUND))
        assert said in str(told.value)
        agent.close()
        assert server.heads == []


def test_who_cannot_work_here_is_told_so_on_both_sides(tmp_path: Path) -> None:
    """A worker of the web UI, and one of another version, at a master that waits for two."""
    logs, heard = [tmp_path / "ui.log", tmp_path / "other.log"], list[str]()
    crewing = Crewing(workers=2, expected=True, port=free_port())
    typed = [PYTHON, "-m", "loadtests", "worker", "--ui", "--master", crewing.address]
    unlike = [PYTHON, "-c", UNLIKE_WORKER, str(crewing.port)]

    def say(text: str) -> None:
        heard.append(text)
        if "2 turned away" in text or ("--ui" in text and "version" in text):
            raise Enough

    with tokened(), process(typed, logs[0]) as ui, process(unlike, logs[1]) as other:
        waiting = crew(tmp_path, crewing, log_folder=tmp_path, say=say)
        with pytest.raises(Enough):
            waiting.__enter__()
        assert ends(ui)
        assert ends(other)
        assert (ui.returncode, other.returncode) == (2, 2)
    assert "it is a worker of the web UI: leave out --ui" in logs[0].read_text()
    assert "and it 0.other: use the same Trilane on both" in logs[1].read_text()
    assert heard[-1].startswith("0 of 2 workers are there; 1 turned away: ")


class Enough(Exception):  # noqa: N818 - it is no error
    """What was waited for was said."""


UNLIKE_WORKER = """
import sys
from loadtests.workers import worker

worker.VERSION = "0.other"
sys.exit(worker.main("127.0.0.1", int(sys.argv[1])))
"""


@pytest.mark.skipif(len(available()) < 2, reason="there is one core")
def test_workers_that_are_started_one_by_one_do_not_all_have_the_same_core(tmp_path: Path) -> None:
    def typed(port: int) -> list[list[str]]:
        return [[PYTHON, "-m", "loadtests", "worker", "--master", shown(LOOPBACK, port)]] * 2

    with others(tmp_path, LOOPBACK, typed) as (agent, _):
        assert agent.generators == 2
        assert {member.cores for member in agent.members} == {tuple(sorted(available()))}


def test_a_worker_without_a_token_says_where_it_stands(tmp_path: Path) -> None:
    command = [PYTHON, "-m", "loadtests", "worker", "--master", "127.0.0.1"]
    without = {name: value for name, value in os.environ.items() if name != "TRILANE_TOKEN"}
    told = subprocess.run(command, cwd=ROOT, env=without, capture_output=True, text=True, check=False)
    assert told.returncode == 2
    assert "TRILANE_TOKEN is not set: type the line that the run prints" in told.stderr
    assert not any(tmp_path.iterdir())


def test_a_port_that_is_taken_is_told_before_anybody_waits(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        crewing = Crewing(workers=1, expected=True, port=taken.getsockname()[1])
        waiting = crew(tmp_path, crewing, log_folder=tmp_path, say=lambda _: None)
        with pytest.raises(Problem, match="cannot be used"):
            waiting.__enter__()
