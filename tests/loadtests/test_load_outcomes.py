"""Everything a server can do to a client, done for real: each way to fail has its name, each legal answer is right."""

import asyncio
import contextlib
import gc
import socket
import threading
import weakref
from collections.abc import Iterator

import gevent
import pytest

from loadtests.agent_client import Agent
from loadtests.load import work
from loadtests.load.connection import Connection
from loadtests.load.failures import Aborted, Failed
from loadtests.load.wire import Address, Wanted
from loadtests.messages import Exchange
from tests.loadtests.loading import load_of
from tests.loadtests.synthetic import BODY, CLOSING, RIGHT, WRONG, Behaviour, Peer, synthetic

pytestmark = pytest.mark.alone

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\n"
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    + b"".join(b"1\r\n%c\r\n" % byte for byte in BODY)
    + b"0\r\n\r\n"
)
EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
UNTIL_CLOSED = b"HTTP/1.1 200 OK\r\n\r\n" + BODY


def says(data: bytes, *, close: bool = False) -> Behaviour:
    async def behave(_number: int, peer: Peer) -> str:
        # Not at full speed: these are about what happens, not how often.
        await asyncio.sleep(0.005)
        await peer.send(data)
        if close:
            peer.close()
        return "said"

    return behave


async def hangs(_number: int, _peer: Peer) -> str:
    await asyncio.sleep(60)
    return "never"


async def resets(_number: int, peer: Peer) -> str:
    peer.reset()
    return "reset"


async def spells(_number: int, peer: Peer) -> str:
    for byte in RIGHT:
        await peer.send(bytes([byte]))
        await asyncio.sleep(0)
    return "said"


async def closes_after_each_answer_without_saying_so(_number: int, peer: Peer) -> str:
    await peer.send(RIGHT)
    peer.close()
    return "right"


FAILURES = {
    "timeout": hangs,
    "reset": resets,
    "closed": says(b"", close=True),
    "truncated": says(HEAD + BODY[:5], close=True),
    "truncated: in a chunk": says(CHUNKED[:-8], close=True),
    "truncated: in the head": says(HEAD[:20], close=True),
    "truncated: after an interim response": says(EARLY + HEAD + BODY[:5], close=True),
    "truncated: in the head after an interim response": says(EARLY + HEAD[:20], close=True),
    "truncated: before the head after an interim response": says(EARLY, close=True),
    "protocol": says(b"220 mail.example.org ESMTP\r\n"),
    "protocol: too much": says(RIGHT + b"HTTP/1.1 200"),
    "protocol: two lengths": says(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy"),
    "status_500": says(b"HTTP/1.1 500 No\r\nContent-Length: 19\r\n\r\n" + BODY),
    "status_302": says(b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"),
    "wrong_length": says(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n" + BODY + b"\n"),
    "wrong_body": says(HEAD + BODY.upper()),
}


def patience_s(case: str) -> float:
    """Return a timeout that is long where nothing hangs: on a busy machine an answer may take its time."""
    return 0.3 if case == "timeout" else 10.0


@pytest.mark.parametrize("case", FAILURES)
def test_each_way_to_fail_is_counted_under_its_name(load_agent: Agent, case: str) -> None:
    wanted = Exchange(target="/", length=len(BODY), equals=BODY)
    with synthetic(FAILURES[case]) as server:
        seen = load_agent.load(load_of(server, exchange=wanted, timeout_s=patience_s(case)))
    assert seen.requests > 0
    assert seen.errors == {case.partition(":")[0]: seen.requests}
    assert seen.retried == 0


@pytest.mark.parametrize("case", FAILURES)
def test_each_way_to_fail_on_a_connection_that_served_before_is_counted_too(load_agent: Agent, case: str) -> None:
    served: set[int] = set()

    async def once_right_then(number: int, peer: Peer) -> str:
        if peer.number in served:
            return await FAILURES[case](number, peer)
        served.add(peer.number)
        await peer.send(RIGHT)
        return "right"

    wanted = Exchange(target="/", length=len(BODY), equals=BODY)
    with synthetic(once_right_then) as server:
        seen = load_agent.load(load_of(server, exchange=wanted, timeout_s=patience_s(case)))
    kind = case.partition(":")[0]
    right = seen.requests - sum(seen.errors.values())
    assert right == server.count("right") >= 4
    if kind in {"reset", "closed"}:
        # No byte came of the answer, and an idle connection may end at any time: the request is sent again.
        assert (seen.errors, seen.retried > 0) == ({}, True)
    else:
        assert set(seen.errors) == {kind}
        assert seen.retried == 0
    assert seen.concurrency <= 4


def test_a_server_that_is_not_there_refuses(load_agent: Agent) -> None:
    with synthetic(hangs) as server:
        pass
    seen = load_agent.load(load_of(server))
    assert seen.errors == {"refused": seen.requests}
    # Each user pauses after it: 4 users over half a second.
    assert 4 <= seen.requests <= 60


LEGAL = {
    "kept alive": says(RIGHT),
    "connection: close": says(CLOSING, close=True),
    "chunked": says(CHUNKED),
    "after an interim response": says(EARLY + RIGHT),
    "byte by byte": spells,
    "until the connection ends": says(UNTIL_CLOSED, close=True),
    "until the connection ends, after an interim response": says(EARLY + EARLY + UNTIL_CLOSED, close=True),
}


@pytest.mark.parametrize("case", LEGAL)
def test_each_legal_form_of_the_right_answer_is_right(load_agent: Agent, case: str) -> None:
    with synthetic(LEGAL[case]) as server:
        seen = load_agent.load(load_of(server))
    assert seen.requests == len(server.log) > 4
    assert seen.errors == {}
    assert seen.connections_opened == server.connections


@pytest.mark.parametrize(
    ("wanted", "answer"),
    [
        (Exchange(target="/", method="HEAD", length=0), HEAD),
        (Exchange(target="/", method="HEAD", length=0), EARLY + HEAD),
        (Exchange(target="/", status=204, length=0), b"HTTP/1.1 204 No Content\r\n\r\n"),
        (Exchange(target="/", status=304, length=0), b"HTTP/1.1 304 Not Modified\r\nContent-Length: 19\r\n\r\n"),
    ],
    ids=["HEAD", "HEAD after an interim response", "204", "304"],
)
def test_responses_without_a_body_end_with_their_head(load_agent: Agent, wanted: Exchange, answer: bytes) -> None:
    with synthetic(says(answer)) as server:
        seen = load_agent.load(load_of(server, exchange=wanted))
    assert (seen.requests, seen.errors) == (len(server.log), {})
    assert server.connections == 4


def test_a_kept_connection_that_was_closed_is_opened_again_and_that_is_counted(load_agent: Agent) -> None:
    with synthetic(closes_after_each_answer_without_saying_so) as server:
        seen = load_agent.load(load_of(server))
        assert seen.errors == {}
        assert seen.connections_opened == server.connections >= seen.requests
        # The first request of each user is on a fresh connection.
        assert seen.retried == seen.connections_opened - 4


def test_a_request_given_up_while_it_is_sent_again_leaves_nothing_to_the_next_one() -> None:
    given_up = threading.Event()

    async def closes_the_second_and_answers_the_third_too_late(number: int, peer: Peer) -> str:
        if number == 3:
            await asyncio.to_thread(given_up.wait, 10)
        await peer.send({2: b"", 3: WRONG}.get(number, RIGHT))
        if number == 2:
            peer.close()
        return "said"

    with synthetic(closes_the_second_and_answers_the_third_too_late) as server:
        address = Address.of(server.base_url)
        connection = Connection(address)
        wanted = Wanted.of(Exchange(target="/", equals=BODY), address.host)

        def ask() -> None:
            with connection.attended():
                connection.exchange(wanted, 1)
                with pytest.raises(Aborted):
                    connection.exchange(wanted, 1)
            given_up.set()
            with connection.attended():
                connection.exchange(wanted, 1)
            connection.close()

        asking = gevent.spawn(ask)
        while len(server.heads) < 3:
            gevent.sleep(0.01)
        gevent.get_hub().loop.run_callback(connection.interrupt, Aborted())
        asking.get(timeout=10)
    assert (connection.answer.body, connection.retried, connection.opened) == (BODY, 1, 3)


def test_a_request_that_is_not_idempotent_is_never_sent_again(load_agent: Agent) -> None:
    wanted = Exchange(target="/", method="POST", equals=BODY)
    with synthetic(closes_after_each_answer_without_saying_so) as server:
        seen = load_agent.load(load_of(server, exchange=wanted))
    assert seen.retried == 0
    assert set(seen.errors) <= {"closed", "reset"}
    assert seen.requests - sum(seen.errors.values()) == len(server.log)


def test_connections_are_kept_between_slices_until_they_are_closed(load_agent: Agent) -> None:
    with synthetic(says(RIGHT)) as server:
        opened = [load_agent.load(load_of(server)).connections_opened for _ in range(2)]
        load_agent.close(str(server.port))
        opened.append(load_agent.load(load_of(server)).connections_opened)
    assert opened == [4, 0, 4]


def test_a_user_with_a_cookie_jar_sends_back_what_it_was_given() -> None:
    answers = [b"Set-Cookie: a=1; Path=/\r\nSet-Cookie: b=2\r\n", b"Set-Cookie: a=; Max-Age=0\r\n", b""]

    async def gives_cookies(number: int, peer: Peer) -> str:
        await peer.send(b"HTTP/1.1 200 OK\r\n" + answers[number - 1] + b"Content-Length: 0\r\n\r\n")
        return "right"

    with synthetic(gives_cookies) as server:
        address = Address.of(server.base_url)
        connection = Connection(address, cookies={})
        wanted = Wanted.of(Exchange(target="/"), address.host)

        def ask_three_times() -> None:
            with connection.attended():
                for _ in range(3):
                    connection.exchange(wanted, 1)
            connection.close()

        gevent.spawn(ask_three_times).get(timeout=10)
    sent = [head.partition(b"Cookie: ")[2].partition(b"\r\n")[0] for head in server.heads]
    assert sent == [b"", b"a=1; b=2", b"b=2"]


def test_a_large_request_is_sent_whole(load_agent: Agent) -> None:
    body = bytes(range(256)) * 40_000

    async def reads_all(_number: int, peer: Peer) -> str:
        right = await peer.reader.readexactly(len(body)) == body
        await peer.send(RIGHT)
        return "right" if right else "wrong"

    wanted = Exchange(target="/", method="POST", body=body, equals=BODY)
    with synthetic(reads_all) as server:
        seen = load_agent.load(load_of(server, exchange=wanted, users=2))
    assert (seen.errors, server.count("wrong")) == ({}, 0)
    assert seen.requests == server.count("right") > 0


class Fails:
    """A sink that ends after some failures and knows which of them are still in memory."""

    def __init__(self) -> None:
        self.going = True
        self._seen: list[weakref.ref[Failed]] = []

    def sent(self, start_ns: int) -> None:
        pass

    def right(self, start_ns: int, end_ns: int) -> None:  # noqa: ARG002 - as below
        self.going = False

    def failed(self, start_ns: int, end_ns: int, failure: Failed) -> None:  # noqa: ARG002 - as a sink is told
        self._seen.append(weakref.ref(failure))
        self.going = len(self._seen) < 10

    def aborted(self) -> None:
        self.going = False

    def left(self) -> list[str]:
        assert len(self._seen) == 10
        return [str(failure) for each in self._seen if (failure := each()) is not None]


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Let nothing be freed that takes a collector, as during a slice."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@pytest.mark.parametrize("name", [name for name in FAILURES if name != "timeout"])
def test_a_failure_leaves_nothing_behind_for_the_collector(name: str) -> None:
    with synthetic(FAILURES[name]) as server, uncollected():
        assert left_of(f"http://127.0.0.1:{server.port}") == []


def test_a_refused_connection_leaves_nothing_behind_for_the_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "_PAUSE_S", 0.0)
    with socket.socket() as nobody, uncollected():
        nobody.bind(("127.0.0.1", 0))
        before = errors_in_memory()
        assert left_of(f"http://127.0.0.1:{nobody.getsockname()[1]}") == []
        assert errors_in_memory() == before


def left_of(base_url: str) -> list[str]:
    """Have one user fail some times; return which failures are in memory after that."""
    address, sink = Address.of(base_url), Fails()
    wanted = Wanted.of(Exchange(target="/hello", equals=BODY), address.host)
    connection = Connection(address)
    gevent.spawn(work.work, connection, wanted, sink, relayed=True).get(timeout=30)
    connection.close()
    return sink.left()


def errors_in_memory() -> int:
    return sum(isinstance(each, OSError) for each in gc.get_objects())
