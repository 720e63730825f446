"""Wait without using the CPU, as a handler does that waits for another service."""

import asyncio
import time

from starlette.responses import Response

from backing.blocking import block
from contract.bodies import Waited
from contract.rows.plain import HOW, MS
from fastapi_app.answers import json
from fastapi_app.parameters import How, Milliseconds
from fastapi_app.routing import router

routes = router()


@routes.get("/sync/wait")
def wait(ms: Milliseconds = MS.default, how: How = HOW.default) -> Response:
    """Wait in this thread or greenlet; `blocking` stops every greenlet of the process."""
    if how == "cooperative":
        time.sleep(ms / 1000)
    else:
        block(ms / 1000)
    return json(Waited(ms))


@routes.get("/async/wait")
async def wait_async(ms: Milliseconds = MS.default, how: How = HOW.default) -> Response:
    """Wait on the event loop; `blocking` stops every coroutine of the loop."""
    if how == "cooperative":
        await asyncio.sleep(ms / 1000)
    else:
        block(ms / 1000)
    return json(Waited(ms))
