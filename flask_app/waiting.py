"""Wait without using the CPU, as a handler does that waits for another service."""

import asyncio
import time

from flask import Blueprint, Response

from backing.blocking import block
from contract.bodies import Waited
from contract.rows.plain import HOW, MS
from flask_app.answers import json
from flask_app.parameters import query

routes = Blueprint("waiting", __name__)


@routes.get("/sync/wait")
def wait() -> Response:
    """Wait in this thread or greenlet; `blocking` stops every greenlet of the process."""
    ms, how = query(MS), query(HOW)
    if how == "cooperative":
        time.sleep(ms / 1000)
    else:
        block(ms / 1000)
    return json(Waited(ms))


@routes.get("/async/wait")
async def wait_async() -> Response:
    """Wait on the event loop; `blocking` stops every coroutine of the loop."""
    ms, how = query(MS), query(HOW)
    if how == "cooperative":
        await asyncio.sleep(ms / 1000)
    else:
        block(ms / 1000)
    return json(Waited(ms))
