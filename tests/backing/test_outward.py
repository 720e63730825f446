"""A call of the upstream has one deadline: an answer that drips is not waited for to its end."""

import asyncio
import socketserver
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Thread

import httpx
import pytest

from backing.outward import call, call_async, new_client, new_client_async
from contract.settings import Settings

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 0.3
# Much shorter than the timeout, and so many that all of them take several times as long.
EVERY_S, BYTES = 0.05, 40
AT_ONCE, IN_HEAD, IN_BODY = range(3)
HEAD = f"HTTP/1.1 200 OK\r\nContent-Length: {BYTES}\r\n".encode()


class Dripping(socketserver.StreamRequestHandler):
    """Answers at once, or one byte after another: `ms` says which."""

    def handle(self) -> None:
        while line := self.rfile.readline():
            while self.rfile.readline().strip():
                pass
            self._answer(int(line.split(b"ms=")[1].split()[0]))

    def _answer(self, how: int) -> None:
        self.wfile.write(HEAD)
        for piece in (b"X-Long: " + BYTES * b"x" + b"\r\n\r\n", BYTES * b"x"):
            drips = how == (IN_BODY if piece.isalpha() else IN_HEAD)
            for place in range(len(piece)):
                time.sleep(EVERY_S if drips else 0)
                try:
                    self.wfile.write(piece[place : place + 1])
                except OSError:
                    return


class Upstream(socketserver.ThreadingTCPServer):
    """Waits for nobody at its end."""

    daemon_threads = True
    block_on_close = False


@pytest.fixture
def url() -> Iterator[str]:
    with Upstream(("127.0.0.1", 0), Dripping) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(autouse=True)
def told(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    own = replace(Settings.from_environment({}), upstream_url=url, upstream_timeout_s=TIMEOUT_S)
    monkeypatch.setattr("backing.outward.settings", lambda: own)


@pytest.mark.parametrize("where", [IN_HEAD, IN_BODY])
def test_a_plain_function_gives_up_an_answer_that_drips_and_may_call_again(where: int) -> None:
    with new_client() as client:
        assert call(client, AT_ONCE) == 200
        with pytest.raises(httpx.ReadTimeout):
            call(client, where)
        assert call(client, AT_ONCE) == 200


@pytest.mark.parametrize("where", [IN_HEAD, IN_BODY])
def test_a_coroutine_gives_up_an_answer_that_drips_and_may_call_again(where: int) -> None:
    async def calls() -> None:
        async with new_client_async() as client:
            assert await call_async(client, AT_ONCE) == 200
            with pytest.raises(httpx.ReadTimeout):
                await call_async(client, where)
            assert await call_async(client, AT_ONCE) == 200

    asyncio.run(calls())


def test_threads_that_share_a_client_have_a_deadline_each() -> None:
    def ended(where: int) -> int:
        try:
            return call(client, where)
        except httpx.ReadTimeout:
            return 0

    with new_client() as client, ThreadPoolExecutor(6) as threads:
        assert list(threads.map(ended, 2 * (AT_ONCE, IN_HEAD, IN_BODY))) == 2 * [200, 0, 0]


IN_GREENLETS = """
from gevent import monkey, pool
monkey.patch_all()
import httpx
from backing.outward import call, new_client

def ended(where):
    try:
        return call(client, where)
    except httpx.ReadTimeout:
        return 0

with new_client() as client:
    print(pool.Pool(6).map(ended, 2 * [0, 1, 2]))
"""


def test_greenlets_that_share_a_client_have_a_deadline_each(url: str) -> None:
    told = {"TRILANE_UPSTREAM_URL": url, "TRILANE_UPSTREAM_TIMEOUT_S": str(TIMEOUT_S), "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-c", IN_GREENLETS]
    done = subprocess.run(words, env=told, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == f"{2 * [200, 0, 0]}\n", done.stderr
