"""What is around each framework: it takes the time and counts the answers."""

import os
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from time import perf_counter_ns
from typing import Any

from backing.counter import Counter

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Message, Receive, Send], Awaitable[None]]
WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

answered = Counter(os.environ.get("TRILANE_COUNTERS", ""))


def timing(began_ns: int, arrived_ns: int) -> str:
    """Return the value of `Server-Timing`, in milliseconds."""
    return f"app;dur={(perf_counter_ns() - began_ns) / 1e6:.3f}, queue;dur={(arrived_ns - began_ns) / 1e6:.3f}"


def wsgi(site: WsgiApp) -> WsgiApp:
    """Return the site as a WSGI server loads it; its first hook sets `arrived_ns` in the environ."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start = start_response
        began_ns = environ["arrived_ns"] = perf_counter_ns()  # part: timing

        def timed(status: str, headers: list[tuple[str, str]], *error: object) -> object:  # part: timing
            headers.append(("Server-Timing", timing(began_ns, environ["arrived_ns"])))
            return start_response(status, headers, *error)

        start = timed  # part: timing
        body = site(environ, start)
        answered.add()  # part: count
        return body

    return application


def asgi(site: AsgiApp) -> AsgiApp:
    """Return the site as an ASGI server loads it; its first hook sets `arrived_ns` in the scope."""

    async def application(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await _live(receive, send)
            return
        send_on = send
        began_ns = scope["arrived_ns"] = perf_counter_ns()  # part: timing

        async def timed(message: Message) -> None:  # part: timing
            if message["type"] == "http.response.start":
                message["headers"].append((b"server-timing", timing(began_ns, scope["arrived_ns"]).encode()))
            await send(message)

        send_on = timed  # part: timing
        await site(scope, receive, send_on)
        answered.add()  # part: count

    return application


async def _live(receive: Receive, send: Send) -> None:
    """Speak the protocol of start-up and shutdown for the site, which has nothing to do at either."""
    for event in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{event}.complete"})
