"""Who has called whom when a view runs: the functions of the framework between the server's call and the view."""

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import path
from fastapi import FastAPI
from flask import Flask

FRAMEWORKS = ("flask.", "fastapi.", "starlette.", "django.")
REQUEST: dict[str, Any] = {
    "type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [(b"host", b"site")],
}  # fmt: skip
seen: list[str] = []


def look() -> None:
    """Note who is called at this moment, the server's callee first."""
    frames = [frame for frame, _ in traceback.walk_stack(None)]
    names = [f"{frame.f_globals['__name__']}.{frame.f_code.co_qualname}" for frame in reversed(frames)]
    seen[:] = [name for name in names if name.startswith(FRAMEWORKS)]


def flask_view() -> str:
    """Look, and answer."""
    look()
    return ""


async def fastapi_view() -> None:
    """Look, and answer."""
    look()


def django_view(_: HttpRequest) -> HttpResponse:
    """Look, and answer."""
    look()
    return HttpResponse()


async def django_view_async(request: HttpRequest) -> HttpResponse:
    """Look, and answer."""
    return django_view(request)


def flask() -> None:
    """Call the app as a WSGI server does."""
    app = Flask("site")
    app.add_url_rule("/", view_func=flask_view)
    list(app(RequestFactory().get("/").environ, lambda *_: lambda _: None))


def fastapi() -> None:
    """Call the app as an ASGI server does."""
    app = FastAPI()
    app.add_api_route("/", fastapi_view)
    asyncio.run(ask(app))


urlpatterns = [path("", django_view), path("async", django_view_async)]


def django() -> None:
    """Call the handler as a WSGI server does."""
    WSGIHandler()(RequestFactory().get("/").environ, lambda *_: None)


def django_async() -> None:
    """Call the handler as an ASGI server does."""
    asyncio.run(ask(ASGIHandler(), "/async"))


async def ask(app: Callable[..., Awaitable[None]], path: str = "/") -> None:
    """Send one request, and stay for the answer."""
    messages = [{"type": "http.request", "body": b""}]

    async def receive() -> dict[str, Any]:
        if not messages:
            await asyncio.Event().wait()
        return messages.pop()

    async def send(_: object) -> None:
        """Send it to nobody."""

    await app({**REQUEST, "path": path}, receive, send)


def told() -> Iterator[str]:
    """Yield what was called, by framework."""
    settings.configure(ROOT_URLCONF=__name__, MIDDLEWARE=[], ALLOWED_HOSTS=["*"])
    for name, call in {"Flask": flask, "FastAPI": fastapi, "Django": django, "Django, ASGI": django_async}.items():
        call()
        yield f"{name}:"
        yield from (f"  {each}" for each in seen)


if __name__ == "__main__":
    print(*told(), sep="\n")  # noqa: T201
