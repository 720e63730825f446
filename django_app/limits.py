"""Refuse what is too large before it is read, and what does not say how large it is as soon as it has become so."""

from collections.abc import Awaitable, Callable, MutableMapping
from io import BytesIO
from typing import Any

from django.http import HttpRequest

from backing.posted import received
from contract.limits import BODILESS, BODY_BYTES, QUERY_BYTES

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
OVER = "trilane.over"
_ANNOUNCING = frozenset({b"content-length", b"transfer-encoding"})


def refusal(request: HttpRequest) -> int | None:
    """Return the status that refuses a body or a query before a handler sees it; None lets them pass."""
    if len(request.META.get("QUERY_STRING", "")) > QUERY_BYTES or OVER in getattr(request, "scope", {}):
        return 413
    if "HTTP_TRANSFER_ENCODING" in request.META:
        return _measured(request)
    return 413 if int(request.META.get("CONTENT_LENGTH") or 0) > BODY_BYTES else None


def _measured(request: HttpRequest) -> int | None:
    """Read a body that came in chunks: Django would take one without a length for an empty one."""
    body = received(request.META.get("wsgi.input", request._stream))  # noqa: SLF001 - there is no public name for it
    if body is None:
        return 400
    request._stream = BytesIO(body)  # noqa: SLF001 - there is no public name for it
    request.META["CONTENT_LENGTH"] = str(len(body))
    return 413 if len(body) > BODY_BYTES else None


def bounded(scope: MutableMapping[str, Any], receive: Receive) -> Receive:
    """Return what receives a body, ends it where it is larger than the contract allows, and notes that in the scope.

    Of a body that nobody reads nothing is received, nor is it waited for.
    """
    # DIFFERS: under ASGI, Django reads the whole body before its first middleware runs.
    is_unread = scope.get("method", "GET") in BODILESS
    if is_unread and not _is_announced(scope):
        return receive
    announced_bytes, read_bytes = int(dict(scope["headers"]).get(b"content-length", 0)), 0

    async def receive_on() -> Message:
        nonlocal read_bytes
        if OVER in scope:
            return await _disconnection(receive)
        if not is_unread and announced_bytes <= BODY_BYTES:
            message = await receive()
            read_bytes += len(message.get("body", b""))
            if read_bytes <= BODY_BYTES:
                return message
        scope[OVER] = True
        return {"type": "http.request"}

    return receive_on


def _is_announced(scope: MutableMapping[str, Any]) -> bool:
    for name, _ in scope["headers"]:  # noqa: SIM110 - every request without a body pays for this, so it is the cheaper
        if name in _ANNOUNCING:
            return True
    return False


async def _disconnection(receive: Receive) -> Message:
    """Wait for the client to go, past what it still sends."""
    while (message := await receive())["type"] != "http.disconnect":
        pass
    return message
