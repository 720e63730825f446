"""A body that is made while it is sent: which hooks have run by then, and find their resources closed too early."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished
from django.http import HttpRequest, StreamingHttpResponse
from django.test import RequestFactory
from django.urls import path
from fastapi import Depends, FastAPI
from fastapi.responses import StreamingResponse
from flask import Flask, Response

ran: list[str] = []


def body(*_: object) -> Iterator[bytes]:
    """Make a body of two pieces."""
    for piece in ("first piece", "last piece"):
        ran.append(piece)
        yield piece.encode()


def flask() -> None:
    """Send the body between hooks."""
    app = Flask("flask")
    app.add_url_rule("/", view_func=lambda: Response(body()))

    @app.after_request
    def after(response: Response) -> Response:
        ran.append("after_request")
        return response

    @app.teardown_request
    def tear_down(_: BaseException | None) -> None:
        ran.append("teardown_request")

    app.test_client().get("/").get_data()


async def closing() -> AsyncIterator[None]:
    """Close something after the request."""
    try:
        yield
    finally:
        ran.append("dependency closed")


async def fastapi() -> None:
    """Send the body while a dependency is open."""
    app = FastAPI(dependencies=[Depends(closing)])
    app.add_api_route("/", lambda: StreamingResponse(body()), response_class=StreamingResponse)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://site") as client:
        await client.get("/")


def around(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Return middleware that notes when it is left."""

    def answer(request: HttpRequest) -> Any:  # noqa: ANN401 - a response
        response = get_response(request)
        ran.append("middleware left")
        return response

    return answer


def note(**_: object) -> None:
    """Note the last signal of a request."""
    ran.append("request_finished")


urlpatterns = [path("", lambda _: StreamingHttpResponse(body()))]


def django() -> None:
    """Send the body between middleware and signal."""
    settings.configure(ROOT_URLCONF=__name__, MIDDLEWARE=[f"{__name__}.around"], ALLOWED_HOSTS=["*"])
    request_finished.connect(note)
    response = WSGIHandler()(RequestFactory().get("/").environ, lambda *_: None)
    list(response)
    response.close()


if __name__ == "__main__":
    for name, answer in {"Flask": flask, "FastAPI": lambda: asyncio.run(fastapi()), "Django": django}.items():
        ran.clear()
        answer()
        print(f"{name}: {', '.join(ran)}")  # noqa: T201
