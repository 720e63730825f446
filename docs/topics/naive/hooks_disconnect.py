"""A client that leaves while its request is worked on: FastAPI goes on to the end, Django under ASGI breaks off."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.signals import request_finished
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.decorators import async_only_middleware
from fastapi import FastAPI

ran: list[str] = []
REQUEST: dict[str, Any] = {
    "type": "http", "method": "GET", "path": "/", "raw_path": b"/", "query_string": b"", "root_path": "",
    "headers": [(b"host", b"site")], "http_version": "1.1", "scheme": "http", "server": ("site", 80),
}  # fmt: skip


async def work() -> None:
    """Take a moment, during which the client leaves."""
    try:
        await asyncio.sleep(0.05)
        ran.append("the handler ran to its end")
    except asyncio.CancelledError:
        ran.append("the handler was cancelled")
        raise


async def leave(app: Callable[..., Awaitable[None]]) -> None:
    """Ask as a server does whose client sends a whole request, and leaves."""
    messages: list[dict[str, Any]] = [{"type": "http.request", "body": b""}, {"type": "http.disconnect"}]

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0.01)
        return messages.pop(0) if len(messages) > 1 else messages[0]

    async def send(_: object) -> None:
        """Send nothing: nobody is there."""

    await app(dict(REQUEST), receive, send)


def fastapi() -> Callable[..., Awaitable[None]]:
    """Return the site with middleware that has something to do afterwards."""
    app = FastAPI()
    app.add_api_route("/", work)

    async def around(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - as ASGI has them
        try:
            await app(scope, receive, send)
            ran.append("the middleware went on")
        finally:
            ran.append("its finally ran")

    return around


async def view(_: HttpRequest) -> HttpResponse:
    """Answer by the same work."""
    await work()
    return HttpResponse()


@async_only_middleware  # type: ignore[untyped-decorator]
def around(get_response: Callable[[HttpRequest], Awaitable[Any]]) -> Callable[[HttpRequest], Awaitable[Any]]:
    """Return the same middleware as Django has it."""

    async def answer(request: HttpRequest) -> Any:  # noqa: ANN401 - a response
        try:
            response = await get_response(request)
            ran.append("the middleware went on")
        finally:
            ran.append("its finally ran")
        return response

    return answer


def note(**_: object) -> None:
    """Note the last signal of a request."""
    ran.append("request_finished was sent")


urlpatterns = [path("", view)]


def django() -> ASGIHandler:
    """Return the site with its middleware and the receiver of its last signal."""
    settings.configure(ROOT_URLCONF=__name__, MIDDLEWARE=[f"{__name__}.around"], ALLOWED_HOSTS=["*"])
    request_finished.connect(note)
    return ASGIHandler()


if __name__ == "__main__":
    for name, app in {"FastAPI": fastapi(), "Django": django()}.items():
        ran.clear()
        asyncio.run(leave(app))
        print(f"{name}: {', '.join(ran)}")  # noqa: T201
