"""FastAPI with nothing of the site but `hello` and what runs around it."""

import os
from time import perf_counter_ns

from blinker import Signal
from fastapi import FastAPI, Request, Response
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contract.parameters import is_token
from tests.proofs.bare.outermost import asgi

BODY = b'{"message":"hello"}'

request_started = Signal()


@request_started.connect
def begin(_: object) -> None:
    """Hear that the request begins."""


def identify(app: ASGIApp) -> ASGIApp:
    """Give the request an id, and put it on the response."""

    async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
        scope["arrived_ns"] = perf_counter_ns()  # part: timing
        request_started.send(identify)  # part: signal
        sent = dict(scope["headers"]).get(b"x-request-id", b"").decode()  # part: request id
        identity = sent if is_token(sent) else os.urandom(8).hex()  # part: request id

        async def label(message: Message) -> None:
            if message["type"] == "http.response.start":  # part: request id
                message["headers"].append((b"x-request-id", identity.encode()))
            await send(message)

        await app(scope, receive, label)

    return middleware


def prepare(app: ASGIApp) -> ASGIApp:
    """Leave a name in the request context, and see it again."""

    async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"]["name"] = None if "home" in scope["path"] else "curry"

        async def conclude(message: Message) -> None:
            if message["type"] == "http.response.start":
                scope["state"].get("name")
            await send(message)

        await app(scope, receive, conclude)

    return middleware


def failures(app: ASGIApp) -> ASGIApp:
    """Answer a request whose handler failed."""

    async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except Exception:  # noqa: BLE001 - whatever it is that fails
            await Response(status_code=500)(scope, receive, send)

    return middleware


HOOKS = [
    Middleware(identify),
    Middleware(prepare),  # part: hook
    Middleware(failures),
]
site = FastAPI(openapi_url=None, redirect_slashes=False, middleware=HOOKS)


@site.get("/sync/hello")
def hello(request: Request) -> Response:
    """Greet, from a thread."""
    request.scope["arrived_ns"] = perf_counter_ns()  # part: timing
    return Response(BODY, media_type="application/json")


@site.get("/async/hello")
async def hello_async() -> Response:
    """Greet."""
    return Response(BODY, media_type="application/json")


@site.get("/health")
async def health() -> Response:
    """Say that the server is up."""
    return Response(b"{}", media_type="application/json")


application = asgi(site)
