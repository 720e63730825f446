"""Wait without using the CPU, as a handler does that waits for another service."""

import asyncio
import time

from django.http import HttpRequest, HttpResponse

from backing.blocking import block
from contract.bodies import Waited
from contract.rows.plain import HOW, MS
from django_app.answers import json
from django_app.parameters import query

# DIFFERS: Django lists its URLs in app.py.


def wait(request: HttpRequest) -> HttpResponse:
    """Wait in this thread or greenlet; `blocking` stops every greenlet of the process."""
    ms, how = query(request, MS), query(request, HOW)
    if how == "cooperative":
        time.sleep(ms / 1000)
    else:
        block(ms / 1000)
    return json(Waited(ms))


async def wait_async(request: HttpRequest) -> HttpResponse:
    """Wait on the event loop; `blocking` stops every coroutine of the loop."""
    ms, how = query(request, MS), query(request, HOW)
    if how == "cooperative":
        await asyncio.sleep(ms / 1000)
    else:
        block(ms / 1000)
    return json(Waited(ms))
