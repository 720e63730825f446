"""The outermost wrapper of every app: it takes the time, counts the answers, and starts a trace where one is asked for.

`Wsgi` and `Asgi` are twins around the whole callable, so that nothing of a framework escapes the measurement.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from backing.counter import Counter
from backing.exchange import Exchange, current
from backing.loops import know
from backing.watch import Watch, WatchedBody
from contract.settings import Settings

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]
WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

answered = Counter(Settings.from_environment().counters)
looks = Counter("")
"""Those among them that only looked after the process: no work is asked for at `LOOKS`."""
LOOKS = frozenset({"/health", "/stats"})


class Wsgi:
    """Wrap a WSGI callable; `watch` connects the journal's receivers while a request is traced."""

    def __init__(self, app: WsgiApp, watch: Watch) -> None:
        self.app = app
        self.watch = watch

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request; the exchange stays current until the server has closed the body."""
        exchange = Exchange(traced=environ.get("HTTP_X_TRACE") == "1")
        current.set(exchange)

        def start(status: str, headers: list[tuple[str, str]], *error: object) -> object:
            headers.append(("Server-Timing", exchange.timing()))
            return start_response(status, headers, *error)

        body = self.app(environ, start) if exchange.entries is None else self._traced(environ, start)
        answered.add()
        if environ["PATH_INFO"] in LOOKS:
            looks.add()
        return body

    def _traced(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.watch.begin()
        try:
            return WatchedBody(self.app(environ, start_response), self.watch)
        except BaseException:
            self.watch.end()
            raise


class Asgi:
    """Wrap an ASGI callable; `lifespan` is entered at start-up for a framework that has no lifespan of its own."""

    def __init__(
        self,
        app: AsgiApp,
        watch: Watch,
        lifespan: Callable[[], AbstractAsyncContextManager[None]] | None = None,
    ) -> None:
        self.app = app
        self.watch = watch
        self.lifespan = lifespan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; count it when the server has taken the last of its body."""
        if scope["type"] == "lifespan":
            know(asyncio.get_running_loop())
            if self.lifespan is not None:
                await _live(self.lifespan(), receive, send)
                return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = Exchange(traced=(b"x-trace", b"1") in scope["headers"])
        current.set(exchange)

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"server-timing", exchange.timing().encode())]
                await send(message)
                return
            await send(message)
            if not message.get("more_body"):
                answered.add()
                if scope["path"] in LOOKS:
                    looks.add()

        if exchange.entries is None:
            await self.app(scope, receive, send_on)
            return
        self.watch.begin()
        try:
            await self.app(scope, receive, send_on)
        finally:
            self.watch.end()


async def _live(lifespan: AbstractAsyncContextManager[None], receive: Receive, send: Send) -> None:
    """Speak the lifespan protocol around a context manager."""
    await receive()
    async with lifespan:
        await send({"type": "lifespan.startup.complete"})
        await receive()
    await send({"type": "lifespan.shutdown.complete"})
