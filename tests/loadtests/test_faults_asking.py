"""The clients of the fault script notice how a request ends, and its services can be stopped, frozen and restarted."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from backing.private_upstream import upstream
from loadtests.faults.asking import (
    OK,
    REFUSED,
    SILENCE,
    Sent,
    again_and_again,
    ask,
    dripping,
    request,
    together,
)
from loadtests.faults.grounds import Service
from loadtests.faults.reading import CLOSED, MALFORMED

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
HELLO = request("/hello")
DELAY = request("/delay?ms=0")


@contextmanager
def serving(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that lets `answer` do what it likes with each connection, then closes it."""

    def serve() -> None:
        while True:
            try:
                plug, _ = server.accept()
            except OSError:
                return
            with plug:
                answer(plug)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def asked(base_url: str, sent: Sent, patience_s: float = 5.0) -> str:
    return asyncio.run(ask(base_url, sent, patience_s=patience_s)).what


def always(text: bytes) -> Callable[[socket.socket], None]:
    def answer(plug: socket.socket) -> None:
        plug.recv(4096)
        plug.sendall(text)

    return answer


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", OK),
        (b"HTTP/1.0 503 Busy\r\n\r\nsome", "503"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", CLOSED),
        (b"", CLOSED),
        (b"HTTP/1.1 200", CLOSED),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "204"),
        (CHUNKED + b"2\r\nok\r\n0\r\n\r\n", OK),
        (CHUNKED + b"2;a=b\r\nok\r\n0\r\nTrailer: it\r\n\r\n", OK),
        (CHUNKED + b"2\r\nok\r\n", CLOSED),
        (CHUNKED + b"2\r\nok\r\n0\r\n", CLOSED),
        (CHUNKED + b"9\r\nok", CLOSED),
        (CHUNKED + b"1\r\nok\r\n0\r\n\r\n", MALFORMED),
        (CHUNKED + b"-1\r\n\r\n", MALFORMED),
        (b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nok", MALFORMED),
        (b"HTTP/1.1\r\n\r\n", MALFORMED),
        (b"SSH-2.0-server\r\n", MALFORMED),
        (b"ok\r\n\r\n", MALFORMED),
    ],
)
def test_a_whole_answer_is_its_status_and_half_of_one_or_something_else_is_none(text: bytes, what: str) -> None:
    with serving(always(text)) as url:
        assert asked(url, HELLO) == what


def test_nobody_there_and_nobody_answering_are_told_apart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert asked(url, HELLO, 0.1) == SILENCE
    assert asked(url, HELLO) == REFUSED


def test_an_early_refusal_of_a_large_body_is_noticed_while_it_is_sent() -> None:
    with serving(always(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")) as url:
        assert asked(url, request("/hello", method="POST", body=b"x" * 5_000_000)) == "413"


@pytest.mark.parametrize(("body", "pieces"), [(b"", len(b"".join(HELLO.pieces))), (b"a=1", 4)])
def test_a_dripping_request_is_the_same_request_byte_by_byte_or_its_body_is(body: bytes, pieces: int) -> None:
    received: list[bytes] = []
    whole = request("/hello", method="POST", body=body) if body else HELLO
    dripped = dripping(whole, every_s=0.001, body_only=bool(body))

    def take(plug: socket.socket) -> None:
        while not b"".join(received).endswith(body or b"\r\n\r\n"):
            received.append(plug.recv(4096))
        plug.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with serving(take) as url:
        assert asked(url, dripped) == OK
    assert b"".join(received) == b"".join(whole.pieces)
    assert len(dripped.pieces) == pieces
    assert len(received) > 1


async def until_over(url: str) -> tuple[int, int]:
    over = asyncio.Event()
    work = asyncio.create_task(again_and_again(url, DELAY, over, clients=3, pause_s=0.01, patience_s=5))
    await asyncio.sleep(0.3)
    over.set()
    found = await work
    return len(found), len({each.what for each in found})


def test_a_service_can_be_frozen_thawed_and_restarted_at_the_same_address(tmp_path: Path) -> None:
    service = Service(lambda: upstream(tmp_path, log=tmp_path / "log"))
    try:
        url = service.start().url
        answers, kinds = asyncio.run(until_over(url))
        assert answers > 3
        assert kinds == 1
        service.freeze()
        assert asked(url, DELAY, 0.2) == SILENCE
        service.thaw()
        assert {each.what for each in asyncio.run(together(url, DELAY, 5, patience_s=5))} == {OK}
        service.stop()
        assert asked(url, DELAY) == REFUSED
    finally:
        service.thaw()
        service.stop()
