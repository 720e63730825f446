"""A case is one request and the only right answer, to the byte."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from contract.conformance.answers import Body, encoded
from contract.conformance.client import Answer
from contract.errors import ERRORS

REQUEST_ID = "{request_id}"
JSON = "application/json"
HTML = "text/html; charset=utf-8"
NO_CONTENT = 204
TIMING = re.compile(r"app;dur=(\d+(?:\.\d+)?), queue;dur=(\d+(?:\.\d+)?)")
ALWAYS = frozenset({"content-type", "content-length", "x-request-id", "server-timing"})
# What a server adds on its own account; everything else has to be asked for by the contract.
SERVERS_OWN = frozenset({"server", "date", "connection", "keep-alive"})


@dataclass(frozen=True)
class Case:
    """One request and its right answer; `{request_id}` in `body` stands for the id that was sent.

    `extra` are the headers that this answer has besides those of every answer; `sent` is the body of the request, and
    `content_type` that of the answer, None where it has no body.
    """

    name: str
    path: str
    body: Body
    method: str = "GET"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    extra: dict[str, str] = field(default_factory=dict)
    sent: bytes = b""
    content_type: str | None = JSON


def error(status: int, message: str | None = None) -> bytes:
    """Return the body of an error, with the status's own sentence unless `message` takes its place."""
    code, sentence = ERRORS[status]
    return encoded({"error": {"code": code, "message": message or sentence, "request_id": REQUEST_ID}})


def refusal(name: str, path: str, status: int, message: str | None = None, *, method: str = "GET") -> Case:
    """Return a case that is answered by an error."""
    return Case(name, path, error(status, message), method, status)


def differences(case: Case, answer: Answer) -> Iterator[str]:
    """Name each way in which the answer is not the right one."""
    if answer.status != case.status:
        yield f"status {answer.status}, not {case.status}"
    yield from _body_differences(case, answer)
    yield from header_differences(answer, case.extra, case.content_type)
    # To HEAD the answer states the length of a body that it leaves out.
    if case.status != NO_CONTENT and case.method != "HEAD" and answer.header("content-length") != str(len(answer.body)):
        yield f"content-length is {answer.header('content-length')} for {len(answer.body)} bytes"


def _body_differences(case: Case, answer: Answer) -> Iterator[str]:
    if callable(case.body):
        yield from case.body(answer.body)
        return
    right = case.body.replace(REQUEST_ID.encode(), answer.request_id.encode())
    if answer.body != right:
        yield f"body {_shortened(answer.body, right)}"


def header_differences(answer: Answer, extra: dict[str, str], content_type: str | None = JSON) -> Iterator[str]:
    """Name each header that is missing, wrong, doubled or not in the contract; the length is not looked at."""
    wanted = {"content-type": content_type, "x-request-id": answer.request_id, **extra}
    for name, value in wanted.items():
        if answer.header(name) != value:
            yield f"{name} is {answer.header(name)}, not {value}"
    for name in sorted({name for name, _ in answer.headers} - ALWAYS - SERVERS_OWN - set(extra)):
        yield f"{name}: {answer.header(name)} is not in the contract"
    yield from _timing_differences(answer.header("server-timing") or "missing")


def _timing_differences(text: str) -> Iterator[str]:
    match = TIMING.fullmatch(text)
    if match is None:
        yield f"server-timing is {text}, not app;dur=MS, queue;dur=MS"
    elif float(match[2]) > float(match[1]):
        yield f"server-timing has {match[2]} ms in the queue within {match[1]} ms"


def _shortened(found: bytes, right: bytes, around: int = 40) -> str:
    """Show two bodies where they part, so that a difference in 20 KB is still one line."""
    at = next((i for i, (a, b) in enumerate(zip(found, right, strict=False)) if a != b), min(len(found), len(right)))
    start = max(0, at - around)
    return f"{found[start : at + around]!r} at byte {at}, not {right[start : at + around]!r}"
