"""What runs around every request."""

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backing import journal
from backing.exchange import arrived, record
from backing.identity import request_id
from contract.limits import BODILESS, QUERY_BYTES
from fastapi_app.answers import refuse
from fastapi_app.limits import bounded, refusal
from fastapi_app.watching import (
    appcontext_popped,
    appcontext_pushed,
    appcontext_tearing_down,
    request_finished,
    request_started,
    request_tearing_down,
    tell,
)


class Identify:
    """Give the request an id; end it here when a traced request says `X-Stop: 1`."""

    # DIFFERS: middleware wraps what the other two write as a hook before and a hook after.

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and put the id on the response."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        traced = arrived()
        headers = dict(scope["headers"])
        identity = request_id(headers.get(b"x-request-id", b"").decode("latin-1"))
        scope.setdefault("state", {})["request_id"] = identity
        if traced:
            journal.file(identity)
        tell(appcontext_pushed, request_started)
        record("before identify")
        stopped = traced and headers.get(b"x-stop") == b"1"
        app = refuse(HTTPConnection(scope), 403) if stopped else self.app
        # Nearly every request has no body and a short query, and pays for no more than being asked.
        if scope["method"] not in BODILESS or len(scope["query_string"]) > QUERY_BYTES:
            app = refuse(HTTPConnection(scope), status) if (status := refusal(scope)) else app
            receive = bounded(receive)
        try:
            await app(scope, receive, _labelling(send, identity))
            tell(request_finished)
        finally:
            tear_down()


def _labelling(send: Send, identity: str) -> Send:
    async def label(message: Message) -> None:
        if message["type"] == "http.response.start":
            record("after identify")
            message["headers"] = [*message["headers"], (b"x-request-id", identity.encode())]
        await send(message)

    return label


class Prepare:
    """Leave a name in the request context."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with a name."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        record("before prepare")
        scope["state"]["name"] = name = None if "home" in scope["path"] else "curry"
        await self.app(scope, receive, _concluding(send, name))


def _concluding(send: Send, name: str | None) -> Send:
    async def send_on(message: Message) -> None:
        if message["type"] == "http.response.start":
            conclude(name)
        await send(message)

    return send_on


def conclude(name: str | None) -> None:
    """Note for whom the request was; where the hook before stopped it, there is no name."""
    record(f"after prepare for {name or 'nobody'}")


def tear_down() -> None:
    """Note that the request is over, whether it failed or not."""
    record("teardown")
    tell(request_tearing_down, appcontext_tearing_down, appcontext_popped)
