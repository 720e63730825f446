"""Is what is too large refused, and soon? A body that says so is refused unread, another one as soon as it is known."""

import http.client
import socket
from collections.abc import Iterable, Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import httpx

from contract.conformance.answers import right_body
from contract.conformance.case import Case, differences, refusal
from contract.conformance.check import Check, judged
from contract.conformance.client import Answer, new_request_id
from contract.conformance.seen import BOUNDARY, multipart
from contract.conformance.target import Target
from contract.limits import BODY_BYTES, QUERY_BYTES

PATIENCE_S = 20.0
HUGE_BYTES = 10_000_000
CHUNK_BYTES = 32_768
OK, BAD_REQUEST = 200, 400


def limits(target: Target) -> Iterator[Check]:
    """Check what is just small enough and what is just too large, with and without a stated length."""
    hello = right_body("hello", {})
    for size in (QUERY_BYTES, QUERY_BYTES + 1):
        path, name = f"/{target.style}/hello?{'q' * size}", f"{target.style} a query of {size} bytes"
        right = Case(name, path, hello) if size == QUERY_BYTES else refusal(name, path, 413)
        yield judged(name, differences(right, target.client.ask(path)))
    path = f"/{target.style}/request"
    too_large = refusal(
        f"{target.style} a body that says that it is too large is refused unread", path, 413, method="POST"
    )
    yield judged(too_large.name, differences(too_large, _told(target, path, f"Content-Length: {HUGE_BYTES}", [])))
    for size in (BODY_BYTES, BODY_BYTES + 1):
        name = f"{target.style} a body of {size} bytes"
        answer = _told(target, path, f"Content-Length: {size}", [_sized(size)])
        yield judged(name, _read(answer) if size == BODY_BYTES else differences(too_large, answer))
        answer = _told(target, path, "Transfer-Encoding: chunked", _chunks(_sized(size)))
        wrong = _read(answer) if size == BODY_BYTES else differences(too_large, answer)
        yield judged(f"{name} in chunks", wrong)
    name = f"{target.style} refuses a body whose chunks are none"
    status = _told(target, path, "Transfer-Encoding: chunked", [b"zz\r\na=1\r\n0\r\n\r\n"]).status
    # Some servers answer by themselves, in their own words.
    yield judged(name, [] if status == BAD_REQUEST else [f"status {status}, not {BAD_REQUEST}"])
    yield from _unread(target)
    name = f"{target.style} answers after all that"
    yield judged(name, differences(Case(name, "", hello), target.client.ask(f"/{target.style}/hello")))


def _unread(target: Target) -> Iterator[Check]:
    """Check that what needs no body waits for none, and is answered whatever comes."""
    path, hello = f"/{target.style}/hello", right_body("hello", {})
    bodies = {
        "is announced and never sent": (f"Content-Length: {HUGE_BYTES}", ()),
        "is small and never sent": ("Content-Length: 3", ()),
        "is sent": (f"Content-Length: {BODY_BYTES + 1}", (_sized(BODY_BYTES + 1),)),
        "comes in chunks without an end": ("Transfer-Encoding: chunked", (b"3\r\na=1\r\n",)),
    }
    for what, (length, parts) in bodies.items():
        case = Case(f"{target.style} hello needs no body, though one {what}", path, hello)
        yield judged(case.name, differences(case, _told(target, path, length, parts, method="GET")))


def _sized(size: int) -> bytes:
    """Return a form with one file that is so large as a whole."""
    return multipart({}, [("file", "x", b"x" * (size - len(multipart({}, [("file", "x", b"", "")]))), "")])


def _read(answer: Answer) -> Iterator[str]:
    if answer.status != OK:
        yield f"status {answer.status}, not {OK}"
    elif b'"name":"x"' not in answer.body:
        yield f"the file is not in {answer.body!r}"


def _chunks(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), CHUNK_BYTES):
        part = body[start : start + CHUNK_BYTES]
        yield f"{len(part):x}\r\n".encode() + part + b"\r\n"
    yield b"0\r\n\r\n"


def _told(target: Target, path: str, length: str, parts: Iterable[bytes], method: str = "POST") -> Answer:
    """Send a form as far as the server takes it, and return what it answers; it may well close this connection."""
    url, own = urlsplit(target.base_url), new_request_id()
    lines = (
        f"{method} {path} HTTP/1.1", f"Host: {url.netloc}", f"X-Request-ID: {own}", "Connection: close",
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}", length, "", "",
    )  # fmt: skip
    with socket.create_connection((url.hostname, url.port or 80), timeout=PATIENCE_S) as connection:
        # A server may have answered, and closed, before all is sent.
        with suppress(OSError):
            connection.sendall("\r\n".join(lines).encode())
            for part in parts:
                connection.sendall(part)
        response = http.client.HTTPResponse(connection, method=method)
        try:
            response.begin()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise httpx.ReadError(f"no answer to a request with {length}: {error}") from error
        headers = tuple((name.lower(), value) for name, value in response.getheaders())
        return Answer(own, response.status, headers, body, connection.getsockname()[1])
