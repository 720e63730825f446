"""Locust's users that write: they prepare what they write to, and leave nothing behind that can be removed."""

import json

from contract.forms import CSRF_FIELD
from tests.loadtests.synthetic import Peer, Synthetic, synthetic
from tests.loadtests.test_load_locustfile import locust

FORM = b'<form><input type="hidden" name="%s" value="token-1"></form>' % CSRF_FIELD.encode()
ANSWERS = {
    "POST /sync/articles": (201, b'{"id":10077}', b""),
    "DELETE /sync/articles/10077": (204, b"", b""),
    "POST /async/articles/10077/like": (200, b'{"id":10077,"likes":1}', b""),
    "GET /async/forms/login": (200, FORM, b"Set-Cookie: session=anonymous; Path=/\r\n"),
    "POST /async/session/login": (200, b'{"name":"curry-30"}', b"Set-Cookie: session=named; Path=/\r\n"),
    "POST /async/orders": (201, b'{"id":1}', b""),
}


class Site:
    """As much of a site as such users ask; `asked` are the request lines and `bodies` what was sent with them."""

    def __init__(self) -> None:
        self.server: Synthetic | None = None
        self.asked: list[str] = []
        self.bodies: list[bytes] = []

    async def behave(self, _number: int, peer: Peer) -> str:
        assert self.server is not None
        head = self.server.heads[-1]
        size = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        body = await peer.reader.readexactly(int(size or b"0"))
        line = head.partition(b" HTTP/1.1")[0].decode()
        self.asked.append(line)
        self.bodies.append(body)
        status, answer, extra = self.answer(line, head)
        await peer.send(
            b"HTTP/1.1 %d .\r\n%sContent-Length: %d\r\n\r\n%s"
            % (status, extra, 0 if status == 204 else len(answer), answer)
        )
        return line

    @staticmethod
    def answer(line: str, head: bytes) -> tuple[int, bytes, bytes]:
        """Return status, body and further headers."""
        path = line.partition("?")[0]
        if path.endswith("/orders") and b"session=named" not in head:
            return 401, b"{}", b""
        return ANSWERS.get(path, (404, b"{}", b""))


def test_users_who_like_share_an_article_and_remove_it_in_the_end() -> None:
    site = Site()
    with synthetic(site.behave) as server:
        site.server = server
        ended = locust({"fastapi-coroutine": server.base_url}, "--scenario", "like")
    (row,) = json.loads(ended.stdout)
    assert (row["num_failures"], row["method"]) == (0, "POST")
    assert row["num_requests"] > 3
    assert site.asked.count("POST /sync/articles") == site.asked.count("DELETE /sync/articles/10077") == 1
    assert site.asked[0] == "POST /sync/articles"
    assert site.asked[-1] == "DELETE /sync/articles/10077"


def test_users_who_order_log_in_once_and_use_a_key_once() -> None:
    site = Site()
    with synthetic(site.behave) as server:
        site.server = server
        ended = locust({"fastapi-coroutine": server.base_url}, "--scenario", "order")
    (row,) = json.loads(ended.stdout)
    assert row["num_failures"] == 0
    assert site.asked.count("POST /async/session/login") == 3
    keys = [
        head.partition(b"Idempotency-Key: ")[2].partition(b"\r\n")[0]
        for head in server.heads
        if b" /async/orders" in head
    ]
    assert len(set(keys)) == len(keys) >= row["num_requests"] > 3
