"""Django under ASGI would read a body of any size before anything of the site runs, whoever needs it."""

import asyncio
from typing import Any

import pytest

from contract.limits import BODY_BYTES
from django_app.limits import OVER, Message, Receive, bounded

LENGTH = (b"content-length", b"5242880")
CHUNKS = (b"transfer-encoding", b"chunked")
GONE = {"type": "http.disconnect"}


class Sender:
    """A client that sends a body without an end, and goes after so many parts."""

    def __init__(self, parts: int) -> None:
        self.parts, self.asked = parts, 0

    async def receive(self) -> Message:
        self.asked += 1
        if self.asked > self.parts:
            return GONE
        return {"type": "http.request", "body": b"x" * 65_536, "more_body": True}


def scope(method: str, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"type": "http", "method": method, "headers": [(b"host", b"x"), *headers]}


async def message(receive: Receive) -> Message:
    return await receive()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("header", [LENGTH, CHUNKS])
def test_nothing_is_received_of_a_body_that_nobody_needs(method: str, header: tuple[bytes, bytes]) -> None:
    sender = Sender(100)
    receive = bounded(scope(method, header), sender.receive)
    assert asyncio.run(message(receive)) == {"type": "http.request"}
    assert sender.asked == 0
    # Whatever still comes goes nowhere.
    assert asyncio.run(message(receive)) == GONE


def test_a_request_without_a_body_is_received_as_it_is() -> None:
    sender = Sender(0)
    assert bounded(scope("GET"), sender.receive) == sender.receive


@pytest.mark.parametrize(("header", "asked"), [(LENGTH, 0), (CHUNKS, BODY_BYTES // 65_536 + 1)])
def test_a_body_is_received_as_far_as_it_may_be(header: tuple[bytes, bytes], asked: int) -> None:
    sender, own = Sender(100), scope("POST", header)
    receive = bounded(own, sender.receive)
    while asyncio.run(message(receive)).get("more_body"):
        pass
    assert (sender.asked, own[OVER]) == (asked, True)
