"""Workers in network namespaces of their own, as if on other machines; one of them is cut off during a slice."""

import asyncio
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loadtests.agent_client import WorkerLost, end_with, insist
from loadtests.measurement import ceiling
from loadtests.measurement.cores import Cores, available
from loadtests.servers.stacks import ROOT
from loadtests.workers.launch import APART_S
from tests.loadtests.crews import PYTHON, TOKEN, WORKER, free_port, others, process
from tests.loadtests.loading import load_of
from tests.loadtests.namespaces import Network, network
from tests.loadtests.synthetic import RIGHT, Peer, synthetic
from tests.waiting import eventually

AROUND: dict[str, Any] = {"settle_s": 0.1 + APART_S, "linger_s": APART_S}


async def quick(_number: int, peer: Peer) -> str:
    await asyncio.sleep(0.001)
    await peer.send(RIGHT)
    return "right"


@pytest.fixture
def two_elsewhere() -> Iterator[Network]:
    with network(2) as made:
        yield made


def test_workers_of_other_networks_make_one_load_and_one_that_is_cut_off_voids_its_slice(
    two_elsewhere: Network, tmp_path: Path
) -> None:
    host, elsewhere = two_elsewhere.address, two_elsewhere.elsewhere

    def commands(port: int) -> list[list[str | Path]]:
        return [each.command(*WORKER, host, str(port)) for each in elsewhere]

    with others(tmp_path, host, commands, "go-on") as (agent, started), synthetic(quick, host) as server:
        both = agent.load(load_of(server, users=5, **AROUND))
        assert sorted(part.users for part in both.parts) == [2, 3]
        assert (both.requests, both.errors) == (len(server.log), {})
        threading.Timer(0.5, elsewhere[0].cut).start()
        with pytest.raises(WorkerLost, match=r"was lost: it was not heard for .*; 1 of 2 workers are left") as loss:
            agent.load(load_of(server, users=5, window_s=600, timeout_s=600))
        assert loss.value.goes_on
        alone = insist(agent, load_of(server, users=5, **AROUND), end_with)
        assert [part.users for part in alone.parts] == [5]
        assert alone.errors == {}
        assert eventually(lambda: any(each.poll() == 3 for each in started)), (
            "who is cut off goes on loading for nobody"
        )


@pytest.mark.slow
def test_workers_meet_their_master_and_its_servers_at_an_ipv6_address(tmp_path: Path) -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")

    def commands(port: int) -> list[list[str | Path]]:
        return [[PYTHON, "-m", "loadtests", "worker", "--master", f"[::1]:{port}"]]

    cores = Cores(servers=frozenset(available()), others=frozenset(available()))
    with others(tmp_path, "::1", commands) as (agent, _):
        ceilings = ceiling.calibrate(agent, (4,), cores, tmp_path)
    assert ceilings[4].qps > 0


@pytest.mark.slow
def test_a_worker_whose_clock_is_a_day_ahead_changes_no_figure(tmp_path: Path) -> None:
    ahead = [shutil.which("unshare") or "", "--time", "--fork", "--kill-child", "--monotonic", "86400"]
    if subprocess.run([*ahead, "true"], capture_output=True, check=False).returncode if ahead[0] else True:
        pytest.skip("clocks of their own (time namespaces) are given by root and Linux 5.6 only")

    def commands(port: int) -> list[list[str | Path]]:
        own = [*WORKER, "127.0.0.1", str(port)]
        return [[*own], [*ahead, *own]]

    with others(tmp_path, "127.0.0.1", commands) as (agent, _), synthetic(quick) as server:
        seen = agent.load(load_of(server, users=4, window_s=1.0, **AROUND))
        assert (seen.requests, seen.errors, seen.untrusted) == (len(server.log), {}, None)
        assert server.log[0].read_ns - 1e9 < seen.started_ns < seen.ended_ns < server.log[-1].done_ns + 1e9
    assert seen.rt_mean_all_us is not None
    window_s = (seen.window_end_ns - seen.window_start_ns) / 1e9
    assert window_s == pytest.approx(1.0, rel=0.2)
    assert seen.concurrency == pytest.approx(seen.window_requests / window_s * seen.rt_mean_all_us / 1e6, rel=0.05)


def compare(folder: Path, host: str, port: int, *words: str, log: Path) -> "subprocess.Popen[bytes]":
    """Start a comparison of one lane that waits for two workers."""
    bind = ["--expect-workers", "2", "--bind", f"{host}:{port}", "--no-control", "--out", str(folder)]
    what = ["--lane", "fastapi-coroutine", "--scenario", "hello", "--users", "8", "--rounds", "6", "--seconds", "0.6"]
    return trilane("compare", *what, *bind, *words, log=log)


def trilane(*words: str, log: Path) -> "subprocess.Popen[bytes]":
    """Start a command with the token of these tests."""
    with log.open("wb") as output:
        return subprocess.Popen(
            [PYTHON, "-m", "loadtests", *words],
            cwd=ROOT,
            env=os.environ | {"TRILANE_TOKEN": TOKEN},
            stdout=output,
            stderr=output,
        )


def slices(folder: Path) -> list[dict[str, Any]]:
    file = folder / "slices.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


@contextlib.contextmanager
def joined(run: "subprocess.Popen[bytes]", log: Path, made: Network) -> Iterator[None]:
    """Start a worker in each namespace when a run waits for them; all end with the block."""
    with contextlib.ExitStack() as stack:
        stack.callback(run.wait)
        stack.callback(run.kill)
        assert eventually(lambda: "trilane worker --master" in log.read_text(), 120), log.read_text()
        master = log.read_text().split("--master ")[1].split()[0]
        for each in made.elsewhere:
            command = each.command(PYTHON, "-m", "loadtests", "worker", "--master", master)
            stack.enter_context(process(command, log.with_suffix(f".{each.name}")))
        yield


def run_and_cut(made: Network, tmp_path: Path, *words: str) -> tuple[int, Path]:
    """Run a comparison whose first worker is cut off in the middle of its rounds; return its exit code and folder."""
    folder, log = tmp_path / "run", tmp_path / "run.log"
    run = compare(folder, made.address, free_port(made.address), *words, log=log)
    with joined(run, log, made):
        assert eventually(lambda: any(each["round"] == 2 for each in slices(folder)), 120), log.read_text()
        made.elsewhere[0].cut()
        return run.wait(180), folder


@pytest.mark.slow
def test_a_run_whose_worker_is_cut_off_ends_says_so_keeps_what_it_has_and_can_be_resumed(
    two_elsewhere: Network, tmp_path: Path
) -> None:
    code, folder = run_and_cut(two_elsewhere, tmp_path)
    summary = json.loads((folder / "summary.json").read_text())
    assert code == 3, (tmp_path / "run.log").read_text()
    assert summary["partial"]
    said = (
        r"the run ended before its time: worker \d \(.*\) was lost: it was not heard for .* s; 1 of 2 workers are left"
    )
    assert any(re.fullmatch(said, warning) for warning in summary["warnings"]), summary["warnings"]
    last = slices(folder)[-1]
    assert last["void"].startswith("a worker was lost: worker")
    assert (last["client"], last["repeated"]) == (None, True)
    assert all(len(each["client"]["parts"]) == 2 for each in slices(folder)[:-1] if each["round"])
    two_elsewhere.elsewhere[0].mend()
    log = tmp_path / "again.log"
    with joined(trilane("compare", "--resume", str(folder), log=log), log, two_elsewhere):
        assert eventually(lambda: not json.loads((folder / "summary.json").read_text())["partial"], 180), (
            log.read_text()
        )
    counted = [each for each in slices(folder) if each["round"] and not each["void"]]
    assert [each["round"] for each in counted] == [1, 2, 3, 4, 5, 6]
    assert all(len(each["client"]["parts"]) == 2 for each in counted)


@pytest.mark.slow
def test_a_run_goes_on_with_those_left_where_that_was_asked_for_and_says_so(
    two_elsewhere: Network, tmp_path: Path
) -> None:
    code, folder = run_and_cut(two_elsewhere, tmp_path, "--lost-workers", "go-on")
    summary = json.loads((folder / "summary.json").read_text())
    assert code == 0, (tmp_path / "run.log").read_text()
    (cell,) = summary["cells"]
    assert (cell["valid"], cell["users"]) == (True, 8)
    said = r"in round \d of hello, 8 users, worker \d \(.*\) was lost: .*; that slice counts for nothing .* left"
    assert any(re.fullmatch(said, warning) for warning in summary["warnings"]), summary["warnings"]
    assert (tmp_path / "run.log").read_text().count("calibrating the generator") == 2
    assert any("(in some slices 1)" in warning for warning in summary["warnings"]), summary["warnings"]
    counted = [each for each in slices(folder) if each["round"] and not each["void"]]
    assert [each["round"] for each in counted] == [1, 2, 3, 4, 5, 6]
    assert {sum(part["users"] for part in each["client"]["parts"]) for each in counted} == {8}
    assert [len(each["client"]["parts"]) for each in (counted[0], counted[-1])] == [2, 1]
    assert all(each["use"]["answered"] == each["client"]["requests"] for each in counted)
