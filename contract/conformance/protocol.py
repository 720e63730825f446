"""What holds for every endpoint alike: request ids, connections, and the time that an answer states."""

import contextlib
from collections.abc import Iterator

import httpx

from contract.conformance.answers import right_body
from contract.conformance.case import TIMING, Case, differences, header_differences
from contract.conformance.check import Check, judged, skipped
from contract.conformance.target import Target
from contract.parameters import is_token

KEPT = {"1 character": "a", "64 characters": "Ab-9" * 16, "a hyphen": "-"}
REPLACED = {
    "65 characters": "a" * 65,
    "nothing": "",
    "an underscore": "a_b",
    "a space": "a b",
    "markup": "<b>",
    "a letter beyond ASCII": "é",
}
WAIT_MS = 40
# A timer may fire a little early: libuv counts in whole milliseconds.
EARLY_MS = 2.0
UNREAD_BYTES = 100_000


def request_ids(target: Target) -> Iterator[Check]:
    """Check that a caller's id comes back, and that a new one stands in for none or a bad one."""
    path = f"/{target.style}/hello"
    for what, own in KEPT.items():
        found = target.client.ask(path, request_id=own).header("x-request-id")
        yield judged(f"{target.style} keeps a request id of {what}", () if found == own else [f"got {found}"])
    for what, own in REPLACED.items():
        found = target.client.send("GET", path, [("X-Request-ID", own)]).header("x-request-id")
        yield judged(f"{target.style} replaces a request id of {what}", () if _is_new(found, own) else [f"got {found}"])
    first, second = (target.client.send("GET", path, []).header("x-request-id") for _ in range(2))
    right = _is_new(first, second) and _is_new(second, first)
    yield judged(f"{target.style} makes a request id of its own", () if right else [f"got {first}, then {second}"])


def _is_new(found: str | None, other: str | None) -> bool:
    return found is not None and found != other and is_token(found)


def timing(target: Target) -> Iterator[Check]:
    """Check that the stated time covers the work."""
    answer = target.client.ask(f"/{target.style}/wait?ms={WAIT_MS}")
    match = TIMING.fullmatch(answer.header("server-timing") or "")
    short = match is None or float(match[1]) < WAIT_MS - EARLY_MS
    reason = [f"a wait of {WAIT_MS} ms states {answer.header('server-timing')}"] if short else ()
    yield judged(f"{target.style} states the time that the app took", reason)


def heads(target: Target) -> Iterator[Check]:
    """Check that HEAD is answered as GET is, without the body."""
    path = f"/{target.style}/hello"
    whole = target.client.ask(path)
    head = target.client.ask(path, method="HEAD")
    reasons = list(header_differences(head, {"content-length": str(len(whole.body))}))
    if head.status != whole.status or head.body:
        reasons.append(f"status {head.status} and {len(head.body)} bytes")
    yield judged(f"{target.style} answers HEAD like GET without the body", reasons)


def connections(target: Target) -> Iterator[Check]:
    """Check that a connection outlives answers of every kind, where the server keeps any."""
    name = f"{target.style} keeps the connection open"
    first = target.client.ask(f"/{target.style}/hello")
    if first.header("connection") == "close":
        yield skipped(name, "the server closes each connection, and says so")
        return
    for path, method in (("hello", "GET"), ("nothing", "GET"), ("hello", "DELETE"), ("fail", "GET"), ("hello", "HEAD")):
        before = target.client.ask(f"/{target.style}/{path}", method=method)
        after = target.client.ask(f"/{target.style}/hello")
        kept = after.client_port == before.client_port
        yield judged(f"{name} after {before.status} to {method}", () if kept else ["the next request had to open one"])


def unread_body(target: Target) -> Iterator[Check]:
    """Check that a body that nobody reads does not spoil the answer after it."""
    right = Case(
        f"{target.style} answers after a body that nobody read", f"/{target.style}/hello", right_body("hello", {})
    )
    # A server may close the connection instead of reading on, and the client only learns of it by trying.
    with contextlib.suppress(httpx.TransportError):
        target.client.send("POST", right.path, [], body=b"x" * UNREAD_BYTES)
        yield judged(right.name, differences(right, target.client.ask(right.path)))
        return
    yield judged(right.name, differences(right, target.client.ask(right.path)))
