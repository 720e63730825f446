"""Refuse what is too large before it is read, and what does not say how large it is as soon as it has become so."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

from contract.limits import BODY_BYTES, QUERY_BYTES


def refusal(scope: Scope) -> int | None:
    """Return the status that refuses a body or a query before a handler sees it; None lets them pass."""
    length = Headers(scope=scope).get("Content-Length", "0")
    return 413 if len(scope["query_string"]) > QUERY_BYTES or int(length) > BODY_BYTES else None


def bounded(receive: Receive) -> Receive:
    """Return what receives a body, and raises where it is larger than the contract allows."""
    # DIFFERS: Starlette bounds no body unless told to, by FastAPI's `max_body_size`, which 0.103 does not know.
    read_bytes = 0

    async def receive_on() -> Message:
        nonlocal read_bytes
        message = await receive()
        read_bytes += len(message.get("body", b""))
        if read_bytes > BODY_BYTES:
            raise HTTPException(413)
        return message

    return receive_on
