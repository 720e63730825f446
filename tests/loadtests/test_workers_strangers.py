"""Whoever answers at the master's address without the token gives a worker nothing to do; nor does nobody at all."""

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest
import zmq

from loadtests.servers.stacks import ROOT
from loadtests.workers.orders import HELLO, ORDERS, Go, Prepare
from tests.loadtests.crews import PYTHON, TOKEN, WORKER, ends, free_port, process
from tests.loadtests.loading import load_of
from tests.loadtests.synthetic import RIGHT, Peer, synthetic
from tests.loadtests.uis import running_ui

pytestmark = pytest.mark.slow


async def quick(_number: int, peer: Peer) -> str:
    await asyncio.sleep(0.001)
    await peer.send(RIGHT)
    return "right"


def spawning(base_url: str) -> dict[str, Any]:
    """What Locust's master sends to have users spawned; all names that a load process of ours may know."""
    users = dict.fromkeys(("Http", "FastHttp", "SliceUser"), 5)
    return {
        "timestamp": time.time() + 60, "user_classes_count": users, "host": base_url, "stop_timeout": 0,
        "parsed_options": {}, "shape_last_spawn": None,
    }  # fmt: skip


def commands(base_url: str, load: bytes) -> list[tuple[object, object]]:
    """What a rogue says to a worker, Locust's own messages and what looks like ours."""
    return [
        ("ack", {"index": 0}), ("heartbeat", None), ("spawn", spawning(base_url)), ("reconnect", None), ("stop", None),
        ("update_user_class", {"user_class_name": "Http", "host": base_url}), ("spawning_complete", {"user_count": 5}),
        ([], None), (7, None), ("ack", 7), (HELLO, b"?"), (HELLO, None), (ORDERS, load), (ORDERS, 7),
    ]  # fmt: skip


@contextlib.contextmanager
def rogue(port: int, said: list[tuple[object, object]]) -> Iterator[None]:
    """Answer every worker that says anything with all of these, again and again, until the end of the block."""
    over = threading.Event()
    with zmq.Context() as context, context.socket(zmq.ROUTER) as router:
        router.bind(f"tcp://127.0.0.1:{port}")

        def answer() -> None:
            while not over.is_set():
                if not router.poll(50):
                    continue
                name = router.recv_multipart()[0]
                for each in said:
                    router.send_multipart([name, msgspec.msgpack.encode((*each, name.decode()))])
                for garbage in (b"", b"\xc1", b"\x93\x01\x02", b"\x93\xa3ack"):
                    router.send_multipart([name, garbage])

        answering = threading.Thread(target=answer)
        answering.start()
        try:
            yield
        finally:
            over.set()
            answering.join()


def test_a_master_without_the_token_commands_nothing_and_the_worker_leaves(tmp_path: Path) -> None:
    log, port = tmp_path / "worker.log", free_port()
    with synthetic(quick) as server:
        load = load_of(server)
        orders = [msgspec.msgpack.encode(each) for each in (Prepare(number=1, load=load), Go(number=1))]
        said = [each for order in orders for each in commands(load.base_url, order)]
        with rogue(port, said), process([*WORKER, "127.0.0.1", str(port)], log) as worker:
            assert ends(worker)
        assert server.heads == []
    assert worker.returncode == 2
    assert f"what answers at 127.0.0.1:{port} is no master of `trilane compare`; did you mean --ui?" in log.read_text()
    assert "Traceback" not in log.read_text()


PATIENCE = """
import sys
from loadtests.workers import hearing, worker

hearing._SAY_S, hearing._GIVE_UP_S = 0.2, 0.6
sys.exit(worker.main("127.0.0.1", int(sys.argv[1])))
"""


def test_a_worker_says_all_the_time_that_nobody_answers_and_gives_up_in_one_line(tmp_path: Path) -> None:
    log, port = tmp_path / "worker.log", free_port()
    with process([sys.executable, "-c", PATIENCE, str(port)], log) as worker:
        assert ends(worker)
    assert worker.returncode == 3
    said = log.read_text()
    assert said.count(f"nothing answers at 127.0.0.1:{port} yet") == 2
    assert said.splitlines()[-1].startswith(f"trilane worker: nothing answered at 127.0.0.1:{port} for")
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("master", "said"),
    [
        ("http://127.0.0.1:5557", "give HOST or HOST:PORT"),
        ("", "--master (empty): give HOST or HOST:PORT"),
        ("me@10.0.0.1", "give HOST or HOST:PORT"),
        ("no-such-host.invalid", "--master no-such-host.invalid: there is no such host"),
    ],
)
def test_where_no_master_can_be_is_refused_in_one_line(master: str, said: str) -> None:
    told = subprocess.run(
        [PYTHON, "-m", "loadtests", "worker", "--master", master],
        cwd=ROOT,
        env=os.environ | {"TRILANE_TOKEN": TOKEN},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 2
    assert said in told.stderr
    assert "Traceback" not in told.stderr


def test_the_workers_of_the_web_ui_connect_at_an_address_of_their_own(tmp_path: Path) -> None:
    port = free_port("127.0.0.2")
    master = f"127.0.0.2:{port}"
    options = ("--expect-workers", "1", "--workers-bind", master)
    with (
        synthetic(quick) as server,
        running_ui(tmp_path, *options, "--target", f"fastapi-coroutine=http://127.0.0.1:{server.port}") as ui,
    ):
        assert ui.url.startswith("http://127.0.0.1:")
        assert f"trilane worker --ui --master {master}" in ui.printed
        everyone = [psutil.Process(ui.pid), *psutil.Process(ui.pid).children(recursive=True)]
        listening = {
            (*each.laddr,)
            for one in everyone
            for each in one.net_connections("inet")
            if each.status == psutil.CONN_LISTEN
        }
        assert listening == {("127.0.0.2", port), ("127.0.0.1", int(ui.url.rsplit(":", 1)[1]))}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--workers-bind", "10.0.0.1"), "--workers-bind 10.0.0.1: this is about workers"),
        (("--expect-workers", "1", "--bind", "0.0.0.0"), "--workers-bind 0.0.0.0: workers need one address"),  # noqa: S104 - it is refused
        (("--workers", "1", "--workers-bind", "10.0.0.1"), "--workers-bind is for workers of other machines"),
    ],
)
def test_an_address_for_workers_that_are_none_is_refused(words: tuple[str, ...], said: str) -> None:
    told = subprocess.run(
        [PYTHON, "-m", "loadtests", "ui", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert told.returncode == 2
    assert said in told.stderr
