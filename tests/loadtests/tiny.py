"""Small apps for the tests of the server control, which needs servers but no frameworks."""

import json
import os
from collections.abc import Awaitable, Callable, Iterable
from typing import Any


def _about() -> bytes:
    told = {name: value for name, value in os.environ.items() if name.startswith(("TRILANE_", "PYTHON"))}
    return json.dumps({"pid": os.getpid(), "environment": told}).encode()


def wsgi(_environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    body = _about()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


def unhealthy(_environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    start_response("503 Service Unavailable", [("Content-Length", "11")])
    return [b"no database"]


async def asgi(scope: dict[str, Any], receive: Callable[..., Awaitable[Any]], send: Callable[..., Any]) -> None:
    while scope["type"] == "lifespan":
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
    body = _about()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})
