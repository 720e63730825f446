"""A handler that fails: which hooks after it run all the same, written the short way in each framework."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any, NoReturn

import httpx
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest
from django.test import RequestFactory
from django.urls import path
from fastapi import Depends, FastAPI
from flask import Flask, Response

ran: list[str] = []


def fail(*_: object) -> NoReturn:
    """Fail, as handlers do."""
    raise RuntimeError("the handler failed")


def flask() -> None:
    """Register a hook after each request, and one for its teardown."""
    app = Flask("flask")
    app.add_url_rule("/", view_func=fail)

    @app.after_request
    def after(response: Response) -> Response:
        ran.append("after_request")
        return response

    @app.teardown_request
    def tear_down(_: BaseException | None) -> None:
        ran.append("teardown_request")

    app.test_client().get("/")


class Around:
    """Middleware with a line after the call, and nothing that sees to it that the line runs."""

    def __init__(self, app: Callable[..., Any]) -> None:
        self.app = app

    async def __call__(self, *request: Any) -> None:  # noqa: ANN401 - scope, receive, send
        """Pass the request on."""
        await self.app(*request)
        ran.append("line after await")


def handler() -> None:
    """Fail; FastAPI would take the parameters of `fail` for those of the query."""
    fail()


async def closing() -> AsyncIterator[None]:
    """Close something after the request, where nothing fails."""
    yield
    ran.append("line after yield")


async def closing_surely() -> AsyncIterator[None]:
    """Close something after the request, whatever happens."""
    try:
        yield
    finally:
        ran.append("finally around yield")


async def fastapi() -> None:
    """Add the middleware, and two dependencies."""
    app = FastAPI(dependencies=[Depends(closing), Depends(closing_surely)])
    app.add_middleware(Around)
    app.add_api_route("/", handler)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://site") as client:
        with suppress(RuntimeError):
            await client.get("/")


def around(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Return middleware with a line after the call."""

    def answer(request: HttpRequest) -> Any:  # noqa: ANN401 - a response
        response = get_response(request)
        ran.append(f"line after get_response, of status {response.status_code}")
        return response

    return answer


urlpatterns = [path("", fail)]


def django() -> None:
    """Name the middleware in the settings."""
    settings.configure(ROOT_URLCONF=__name__, MIDDLEWARE=[f"{__name__}.around"], ALLOWED_HOSTS=["*"])
    WSGIHandler()(RequestFactory().get("/").environ, lambda *_: None)


if __name__ == "__main__":
    logging.disable()
    for name, answer in {"Flask": flask, "FastAPI": lambda: asyncio.run(fastapi()), "Django": django}.items():
        ran.clear()
        answer()
        print(f"{name}: {', '.join(ran)}")  # noqa: T201
