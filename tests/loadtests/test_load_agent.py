"""The load agent as a process: it stops at once, says what is wrong, and its death is noticed."""

import asyncio
import os
import resource
import signal
import threading
import time
from pathlib import Path

import msgspec
import psutil
import pytest

from backing.problem import Problem
from loadtests.agent_client import Agent, AgentDied, agent
from loadtests.messages import Yardstick
from tests.loadtests.loading import load_of
from tests.loadtests.synthetic import RIGHT, Peer, synthetic

pytestmark = pytest.mark.alone


async def quick(_number: int, peer: Peer) -> str:
    await asyncio.sleep(0.001)
    await peer.send(RIGHT)
    return "right"


async def quick_once(number: int, peer: Peer) -> str:
    await asyncio.sleep(0 if number <= 4 else 60)
    await peer.send(RIGHT)
    return "right"


@pytest.mark.parametrize("behaviour", [quick, quick_once], ids=["busy", "waiting"])
def test_a_slice_that_is_stopped_ends_within_a_second_with_what_it_has(load_agent: Agent, behaviour: object) -> None:
    stopped_ns: list[int] = []

    def stop() -> None:
        stopped_ns.append(time.monotonic_ns())
        load_agent.stop_slice()

    with synthetic(behaviour) as server:  # type: ignore[arg-type]
        timer = threading.Timer(0.5, stop)
        timer.start()
        seen = load_agent.load(load_of(server, settle_s=0, window_s=60, timeout_s=60))
    assert seen.interrupted
    assert seen.ended_ns - stopped_ns[0] < 1e9
    assert 4 <= seen.requests <= len(server.log)
    assert seen.errors == {}


def test_a_slice_stopped_before_its_window_has_an_empty_one(load_agent: Agent) -> None:
    with synthetic(quick) as server:
        threading.Timer(0.2, load_agent.stop_slice).start()
        seen = load_agent.load(load_of(server, settle_s=60))
    assert seen.interrupted
    assert seen.requests > 0
    assert seen.window_requests == sum(seen.window_thirds)


def test_stopping_when_nothing_runs_changes_nothing(load_agent: Agent) -> None:
    with synthetic(quick) as server:
        load_agent.stop_slice()
        assert not load_agent.load(load_of(server)).interrupted


def test_a_signal_while_a_large_slice_is_being_asked_for_stops_it_after_its_last_byte(run_folder: Path) -> None:
    main = threading.main_thread().ident or 0
    handled = threading.Event()
    with agent(run_folder, log=run_folder / "large.log") as slow, synthetic(quick) as server:

        def stop(*_: object) -> None:
            slow.stop_slice()
            handled.set()

        def interrupt() -> None:
            # The agent does not read, so what is sent to it stays half sent.
            signal.pthread_kill(main, signal.SIGUSR1)
            handled.wait()
            os.kill(slow.pid, signal.SIGCONT)

        before = signal.signal(signal.SIGUSR1, stop)
        try:
            os.kill(slow.pid, signal.SIGSTOP)
            threading.Timer(0.5, interrupt).start()
            load = load_of(server, window_s=60, timeout_s=60)
            large = msgspec.structs.replace(load.exchange, body=b"x" * 2**16)
            seen = slow.load(msgspec.structs.replace(load, exchanges=(large,) * 100))
        finally:
            signal.signal(signal.SIGUSR1, before)
        assert seen.interrupted
        assert not slow.load(load_of(server)).interrupted


def test_an_agent_whose_call_was_cut_short_is_not_asked_again(run_folder: Path) -> None:
    main = threading.main_thread().ident or 0
    with agent(run_folder, log=run_folder / "cut-short.log") as cut, synthetic(quick) as server:
        threading.Timer(0.5, signal.pthread_kill, [main, signal.SIGINT]).start()
        with pytest.raises(KeyboardInterrupt):
            cut.load(load_of(server, window_s=60))
        with pytest.raises(Problem, match="cut short"):
            cut.load(load_of(server))


def test_many_users_each_have_a_connection_and_none_is_left_out(load_agent: Agent) -> None:
    with synthetic(quick) as server:
        seen = load_agent.load(load_of(server, users=500, settle_s=0.5))
        assert (seen.errors, seen.connections_opened, server.connections) == ({}, 500, 500)
        assert seen.requests == len(server.log) >= 500
        load_agent.close()


@pytest.mark.parametrize(
    ("base_url", "said"),
    [
        ("https://127.0.0.1:1", "give http://HOST:PORT"),
        ("127.0.0.1:1", "give http://HOST:PORT"),
        ("http://127.0.0.1:x", "no valid port"),
        ("http://no-such-host.invalid", "is not known"),
    ],
)
def test_an_address_that_cannot_be_loaded_is_a_problem_in_one_line(load_agent: Agent, base_url: str, said: str) -> None:
    with synthetic(quick) as server:
        load = msgspec.structs.replace(load_of(server), base_url=base_url)
    with pytest.raises(Problem, match=said):
        load_agent.load(load)


def test_more_users_than_open_files_are_refused_with_the_number_needed(load_agent: Agent) -> None:
    with synthetic(quick) as server, pytest.raises(Problem, match="need 1000000064 open files"):
        load_agent.load(load_of(server, users=1_000_000_000))


def test_the_connections_used_least_lately_are_given_up_where_files_run_short(run_folder: Path) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with agent(run_folder, log=run_folder / "few.log") as few, synthetic(quick) as server:
        resource.prlimit(few.pid, resource.RLIMIT_NOFILE, (256, 256))
        opened = [
            few.load(load_of(server, users=90, key=key)).connections_opened for key in ("a", "b", "a", "c", "a", "b")
        ]
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[1] == hard
    assert opened == [90, 90, 0, 90, 0, 90]


def test_locusts_own_users_can_be_measured_against_the_same_server(load_agent: Agent) -> None:
    with synthetic(quick) as server:
        reading = load_agent.measure(
            Yardstick(
                client="fast_http", base_url=server.base_url, target="/hello", users=2, settle_s=0.2, window_s=0.3
            )
        )
    assert reading.failures == 0
    assert 0 < reading.requests_per_s * 0.3 <= len(server.log)
    assert server.heads[0].startswith(b"GET /hello ")


def test_the_death_of_the_agent_is_told_with_the_end_of_its_log(run_folder: Path) -> None:
    log = run_folder / "dying.log"
    with agent(run_folder, log=log) as dying, synthetic(quick) as server:
        threading.Timer(0.3, os.kill, [dying.pid, signal.SIGKILL]).start()
        with pytest.raises(AgentDied, match="ended with code -9"):
            dying.load(load_of(server, window_s=60))
        with pytest.raises(AgentDied):
            dying.close()


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system cannot pin a process to cores")
def test_every_thread_of_the_agent_is_on_its_cores_from_the_start(
    run_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    core = min(os.sched_getaffinity(0))
    # Whoever pins after the start is too late for the threads that were started meanwhile.
    monkeypatch.delattr(os, "sched_setaffinity")
    with agent(run_folder, log=run_folder / "pinned.log", cores=frozenset({core})) as pinned:
        threads = [thread.id for thread in psutil.Process(pinned.pid).threads()]
        assert [os.sched_getaffinity(thread) for thread in threads] == [{core}] * len(threads)


def test_the_agent_is_gone_when_its_block_ends(run_folder: Path) -> None:
    with agent(run_folder, log=run_folder / "leaving.log") as leaving:
        process = psutil.Process(leaving.pid)
        assert process.is_running()
    assert not process.is_running()
