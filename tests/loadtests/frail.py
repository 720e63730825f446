"""An app that waits as the contract says, and ends with its whole process at the 80th request that waits."""

import asyncio
import itertools
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

ANSWERS = 80
_BODY = b'{"ms":50}'
_number = itertools.count(1)


async def asgi(scope: dict[str, Any], receive: Callable[..., Awaitable[Any]], send: Callable[..., Any]) -> None:
    while scope["type"] == "lifespan":
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
    if "wait" in scope["path"]:
        if next(_number) == ANSWERS:
            sys.stderr.write("out of memory\n")
            sys.stderr.flush()
            os._exit(9)
        await asyncio.sleep(0.05)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(_BODY))]})
    await send({"type": "http.response.body", "body": _BODY})
