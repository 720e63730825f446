"""Django with nothing of the site but `hello` and what runs around it."""

import os
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any

import django
from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_started
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.decorators import sync_and_async_middleware

from contract.parameters import is_token
from tests.proofs.bare.outermost import asgi, wsgi

BODY = b'{"message":"hello"}'
Answer = Callable[[HttpRequest], Any]

HOOKS = [
    f"{__name__}.identify",
    f"{__name__}.prepare",  # part: hook
]
settings.configure(ALLOWED_HOSTS=["*"], MIDDLEWARE=HOOKS, ROOT_URLCONF=__name__, SECRET_KEY="bare")  # noqa: S106 - nothing is signed
django.setup(set_prefix=False)


@receiver(request_started)  # type: ignore[untyped-decorator]  # part: signal
def begin(**_: object) -> None:  # part: signal
    """Hear that the request begins."""


@sync_and_async_middleware  # type: ignore[untyped-decorator]
def identify(get_response: Answer) -> Answer:
    """Give the request an id, and put it on the response."""

    def before(request: HttpRequest) -> None:
        """See the request."""
        getattr(request, "scope", request.META)["arrived_ns"] = perf_counter_ns()  # part: timing
        sent = request.META.get("HTTP_X_REQUEST_ID", "")  # part: request id
        request.request_id = sent if is_token(sent) else os.urandom(8).hex()  # part: request id

    def after(request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """See the response."""
        response["X-Request-ID"] = request.request_id  # part: request id
        return response

    def middleware(request: HttpRequest) -> HttpResponse:
        before(request)
        return after(request, get_response(request))

    async def middleware_async(request: HttpRequest) -> HttpResponse:
        before(request)
        return after(request, await get_response(request))

    return middleware_async if iscoroutinefunction(get_response) else middleware


@sync_and_async_middleware  # type: ignore[untyped-decorator]
def prepare(get_response: Answer) -> Answer:
    """Leave a name in the request, see it again, and see which view it is for."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.name = None if "home" in request.path else "curry"
        return get_response(request)

    async def middleware_async(request: HttpRequest) -> HttpResponse:
        request.name = None if "home" in request.path else "curry"
        return await get_response(request)

    def view(_: HttpRequest, *__: object) -> None:
        """See the view."""

    async def view_async(_: HttpRequest, *__: object) -> None:
        """See the view."""

    middleware.process_view, middleware_async.process_view = view, view_async  # type: ignore[attr-defined]
    return middleware_async if iscoroutinefunction(get_response) else middleware


def hello(_: HttpRequest) -> HttpResponse:
    """Greet."""
    return HttpResponse(BODY, content_type="application/json", headers={"Content-Length": "19"})


async def hello_async(_: HttpRequest) -> HttpResponse:
    """Greet."""
    return HttpResponse(BODY, content_type="application/json", headers={"Content-Length": "19"})


def health(_: HttpRequest) -> HttpResponse:
    """Say that the server is up."""
    return HttpResponse(b"{}", content_type="application/json", headers={"Content-Length": "2"})


urlpatterns = [path("sync/hello", hello), path("async/hello", hello_async), path("health", health)]
over_wsgi = wsgi(WSGIHandler())
over_asgi = asgi(ASGIHandler())
