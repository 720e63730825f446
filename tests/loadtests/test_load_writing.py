"""A slice of writes is measured as one of reads is: bodies, headers and cookies go out, each key is new."""

import gevent

from loadtests.agent_client import Agent
from loadtests.load.connection import Connection
from loadtests.load.wire import Address, Wanted
from loadtests.messages import Exchange
from loadtests.scenarios import SCENARIOS
from tests.loadtests.loading import load_of
from tests.loadtests.synthetic import Peer, synthetic

BODY = b'{"id":7,"article_id":42,"quantity":1}'
MADE = b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
ORDER = SCENARIOS["order"].write("async", 42, cookie="session=abc")


def header(head: bytes, name: bytes) -> bytes:
    return head.partition(name + b": ")[2].partition(b"\r\n")[0]


async def takes_orders(_number: int, peer: Peer) -> str:
    body = await peer.reader.readexactly(len(ORDER.body))
    await peer.send(MADE)
    return "right" if body == ORDER.body else "wrong"


def test_an_order_is_sent_with_its_body_its_cookie_and_a_key_that_no_other_one_has(load_agent: Agent) -> None:
    with synthetic(takes_orders) as server:
        seen = load_agent.load(load_of(server, exchange=ORDER))
    assert (seen.errors, server.count("wrong")) == ({}, 0)
    assert seen.requests == server.count("right") > 8
    keys = [header(head, b"Idempotency-Key") for head in server.heads]
    assert len(set(keys)) == len(keys) == seen.requests
    assert all(0 < len(key) <= 64 and key.replace(b"-", b"").isalnum() for key in keys)
    assert {header(head, b"Cookie") for head in server.heads} == {b"session=abc"}
    assert {head.partition(b"\r\n")[0] for head in server.heads} == {b"POST /async/orders HTTP/1.1"}
    assert {header(head, b"Content-Length") for head in server.heads} == {b"%d" % len(ORDER.body)}


def test_an_open_load_sends_a_new_key_each_time_too(load_agent: Agent) -> None:
    with synthetic(takes_orders) as server:
        seen = load_agent.load(load_of(server, exchange=ORDER, users=20, rate=100.0))
    assert (seen.errors, server.count("wrong")) == ({}, 0)
    keys = {header(head, b"Idempotency-Key") for head in server.heads}
    assert len(keys) == len(server.heads) > 10


def test_an_answer_with_another_status_is_a_failure_however_right_its_body(load_agent: Agent) -> None:
    async def answers_what_was_there(_number: int, peer: Peer) -> str:
        await peer.reader.readexactly(len(ORDER.body))
        await peer.send(MADE.replace(b"201 Created", b"200 OK"))
        return "right"

    with synthetic(answers_what_was_there) as server:
        seen = load_agent.load(load_of(server, exchange=ORDER))
    assert seen.errors == {"status_200": seen.requests}


def test_a_write_that_was_cut_off_is_not_sent_again(load_agent: Agent) -> None:
    async def takes_one_and_closes(_number: int, peer: Peer) -> str:
        await peer.reader.readexactly(len(ORDER.body))
        await peer.send(MADE)
        peer.close()
        return "right"

    with synthetic(takes_one_and_closes) as server:
        seen = load_agent.load(load_of(server, exchange=ORDER))
    assert seen.retried == 0
    assert set(seen.errors) <= {"closed", "reset"}
    assert seen.requests - sum(seen.errors.values()) == len(server.log)


def test_a_large_write_is_sent_whole_with_a_key_of_its_own(load_agent: Agent) -> None:
    body = bytes(range(256)) * 4_000
    wanted = Exchange(target="/", method="POST", headers=(("Key", "{new}"),), body=body, fresh="{new}", status=201)

    async def reads_all(_number: int, peer: Peer) -> str:
        right = await peer.reader.readexactly(len(body)) == body
        await peer.send(MADE)
        return "right" if right else "wrong"

    with synthetic(reads_all) as server:
        seen = load_agent.load(load_of(server, exchange=wanted, users=2))
    assert (seen.errors, server.count("wrong")) == ({}, 0)
    assert len({header(head, b"Key") for head in server.heads}) == seen.requests == server.count("right") > 0


def test_a_user_with_a_cookie_jar_gets_new_keys_as_well() -> None:
    with synthetic(takes_orders) as server:
        address = Address.of(server.base_url)
        connection = Connection(address, cookies={"visitor": "v"})
        wanted = Wanted.of(ORDER, address.host)

        def order_twice() -> None:
            with connection.attended():
                for _ in range(2):
                    connection.exchange(wanted, 1)
            connection.close()

        gevent.spawn(order_twice).get(timeout=10)
    assert len({header(head, b"Idempotency-Key") for head in server.heads}) == 2


def test_a_like_names_its_article_and_its_lock() -> None:
    like = SCENARIOS["like"].write("sync", 10_042, {"lock": "none"})
    assert (like.method, like.target) == ("POST", "/sync/articles/10042/like?lock=none")
    assert (like.status, like.fresh, like.body) == (200, "", b"")


def test_a_parameter_of_the_path_stands_in_the_path() -> None:
    target = SCENARIOS["like"].target("sync", {"id": 7})
    assert target == "/sync/articles/7/like?lock=optimistic"
