"""Requests as prebuilt bytes, and responses as the parser hands them over."""

import itertools
import re
import socket
from dataclasses import dataclass
from secrets import token_hex
from urllib.parse import urlsplit

import httptools

from backing.problem import Problem
from loadtests.load.failures import Failed
from loadtests.messages import Exchange

_IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"})
_SHOWN_BYTES = 120
_FIRST_FINAL_STATUS = 200
# No other process has the same texts, and none is used twice.
_FRESH, _OWN = itertools.count(1), token_hex(8).encode()
_INTERIM = re.compile(rb"HTTP/1\.[01] 1\d\d[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a base URL points, looked up once: no name is resolved while the clock runs."""

    family: socket.AddressFamily
    sockaddr: tuple[object, ...]
    host: str

    @classmethod
    def of(cls, base_url: str) -> "Address":
        """Look up `http://HOST[:PORT]`; raise `Problem` when that is not what it is."""
        url = urlsplit(base_url)
        try:
            port = url.port or 80
        except ValueError as error:
            raise Problem(f"{base_url!r} has no valid port ({error}); give http://HOST:PORT") from None
        if url.scheme != "http" or not url.hostname:
            raise Problem(f"{base_url!r} cannot be loaded; give http://HOST:PORT")
        try:
            found = socket.getaddrinfo(url.hostname, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise Problem(f"the host {url.hostname!r} is not known ({error}); give one that resolves") from None
        family, _, _, _, sockaddr = found[0]
        return cls(family, sockaddr, url.netloc)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One request, ready to be sent, and what a right response to it is.

    `retriable` tells whether it may be sent again when a kept connection turns out to be closed. A body that equals
    `surely_right` needs no further check; there may be none. Where something `fresh` is wanted, `raw` only shows its
    place: each request is made by `anew`.
    """

    exchange: Exchange
    head: bytes
    raw: bytes
    fresh: bytes
    is_head: bool
    retriable: bool
    status: int
    surely_right: bytes | None

    @classmethod
    def of(cls, exchange: Exchange, host: str) -> "Wanted":
        """Build the bytes of `exchange` for `host` (with its port)."""
        lines = [f"{exchange.method} {exchange.target} HTTP/1.1", f"Host: {host}"]
        lines += [f"{name}: {value}" for name, value in exchange.headers]
        if exchange.body or exchange.method in {"POST", "PUT", "PATCH"}:
            lines.append(f"Content-Length: {len(exchange.body)}")
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n"
        return cls(
            exchange,
            head,
            head + b"\r\n" + exchange.body,
            exchange.fresh.encode("latin-1"),
            is_head=exchange.method == "HEAD",
            retriable=exchange.method in _IDEMPOTENT,
            status=exchange.status,
            surely_right=exchange.equals if _consistent(exchange) else None,
        )

    def anew(self, cookies: dict[str, str] | None = None) -> bytes:
        """Return the bytes of one more request: with its cookies, and with a text of its own where one is wanted."""
        raw = self.raw
        if cookies:
            pairs = "; ".join(f"{name}={value}" for name, value in cookies.items())
            raw = self.head + f"Cookie: {pairs}\r\n\r\n".encode("latin-1") + self.exchange.body
        if self.fresh:
            raw = raw.replace(self.fresh, b"%s-%d" % (_OWN, next(_FRESH)), 1)
        return raw

    def check(self, status: int, body: bytes) -> None:
        """Raise `Failed` unless this is the right response."""
        right = self.exchange
        if status != right.status:
            raise Failed(f"status_{status}", f"{right.status} was expected; {body[:_SHOWN_BYTES]!r}")
        if right.length is not None and len(body) != right.length:
            raise Failed("wrong_length", f"{len(body)} bytes instead of {right.length}")
        if right.equals is not None and body != right.equals:
            raise Failed("wrong_body", repr(body[:_SHOWN_BYTES]))
        if right.contains is not None and right.contains not in body:
            raise Failed("wrong_body", repr(body[:_SHOWN_BYTES]))


def _consistent(right: Exchange) -> bool:
    """Tell whether the body that must be equal keeps the other rules too."""
    body = right.equals
    return body is not None and right.length in {None, len(body)} and (right.contains is None or right.contains in body)


class Answer:
    """What the parser calls while a response arrives; one per connection, used again for each response.

    It has no method for headers, so that the parser makes no objects of them.
    """

    __slots__ = ("began", "body", "complete", "feed", "keep_alive", "parser", "status")

    def __init__(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.feed = self.parser.feed_data
        self.begin()

    def begin(self) -> None:
        """Be ready for the next response."""
        self.began = 0
        self.complete = False
        self.body = b""

    def on_message_begin(self) -> None:
        """Count, because bytes after a complete response begin another one that nobody asked for."""
        self.began += 1

    def on_body(self, part: bytes) -> None:
        """Collect the body: nearly always one part."""
        self.body = self.body + part if self.body else part

    def on_message_complete(self) -> None:
        """Read status and keep-alive while the parser still knows them; 1xx announces the response to come."""
        status = self.parser.get_status_code()
        if status < _FIRST_FINAL_STATUS:
            self.began -= 1
            return
        self.status = status
        self.keep_alive = self.parser.should_keep_alive()
        self.complete = True


class HeadAnswer(Answer):
    """The response to HEAD: over with its headers, whatever length they announce."""

    __slots__ = ()

    def on_headers_complete(self) -> None:
        """End here, unless more is to come; the parser, which waits for a body, is not used again."""
        if self.parser.get_status_code() >= _FIRST_FINAL_STATUS:
            self.on_message_complete()


class CookieAnswer(Answer):
    """A response whose cookies are kept."""

    __slots__ = ("cookies",)

    def __init__(self, cookies: dict[str, str]) -> None:
        self.cookies = cookies
        super().__init__()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take name and value of a cookie; an empty value or `Max-Age=0` removes it."""
        if name.lower() != b"set-cookie":
            return
        pair, *attributes = value.decode("latin-1").split(";")
        key, _, content = pair.strip().partition("=")
        gone = any(attribute.strip().lower() == "max-age=0" for attribute in attributes)
        if gone or not content:
            self.cookies.pop(key, None)
        else:
            self.cookies[key] = content


def after_interim(received: bytes) -> bytes:
    """Return what follows the interim (1xx) responses at the start of these bytes."""
    while interim := _INTERIM.match(received):
        received = received[interim.end() :]
    return received


def ends_with_connection(head: bytes) -> bool:
    """Tell whether these first bytes of a response leave its length to the end of the connection."""
    lines, separator, _ = head.lower().partition(b"\r\n\r\n")
    return bool(separator) and b"\r\ncontent-length:" not in lines and b"\r\ntransfer-encoding:" not in lines
