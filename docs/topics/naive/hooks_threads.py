"""Middleware of Django's that only knows plain functions, under ASGI: the request changes threads for it, twice."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.decorators import sync_and_async_middleware

ran: list[str] = []
REQUEST: dict[str, Any] = {
    "type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [(b"host", b"site")],
}  # fmt: skip


def note(who: str) -> None:
    """Note in which thread somebody runs."""
    where = "the event loop's thread" if threading.current_thread() is threading.main_thread() else "another thread"
    ran.append(f"{who} in {where}")


async def view(_: HttpRequest) -> HttpResponse:
    """Answer, and note where."""
    note("view")
    return HttpResponse()


def plain(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Return middleware as most of it is written."""

    def answer(request: HttpRequest) -> HttpResponse:
        note("middleware")
        return get_response(request)

    return answer


@sync_and_async_middleware  # type: ignore[untyped-decorator]
def both(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Return middleware that is a coroutine where the next one is."""

    async def answer(request: HttpRequest) -> HttpResponse:
        note("middleware")
        response: HttpResponse = await get_response(request)
        return response

    return answer if iscoroutinefunction(get_response) else plain(get_response)


urlpatterns = [path("", view)]


async def ask(app: Callable[..., Awaitable[None]]) -> None:
    """Ask once, and stay for the answer."""
    messages = [{"type": "http.request", "body": b""}]

    async def receive() -> dict[str, Any]:
        if not messages:
            await asyncio.Event().wait()
        return messages.pop()

    async def send(_: object) -> None:
        """Send it to nobody."""

    await app(dict(REQUEST), receive, send)


if __name__ == "__main__":
    settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"])
    for name in ("plain", "both"):
        settings.MIDDLEWARE = [f"{__name__}.{name}"]
        ran.clear()
        asyncio.run(ask(ASGIHandler()))
        print(f"{name}: {', '.join(ran)}")  # noqa: T201
