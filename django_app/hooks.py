"""What runs around every request."""

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse

from backing import journal
from backing.exchange import arrived, record
from backing.identity import request_id
from contract.errors import Refused
from contract.limits import BODILESS, QUERY_BYTES
from contract.rows.admin import HOST, PREFIX
from contract.rows.context import ADDEND_A, ADDEND_B
from django_app import context
from django_app.answers import refuse
from django_app.errors import on_refused
from django_app.limits import refusal
from django_app.parameters import query
from django_app.templating import Page


class Middleware:
    """One middleware for both kinds of server: a coroutine where the next one is."""

    # DIFFERS: the same middleware is called by WSGI and awaited by ASGI, or each request would change threads for it.
    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)  # type: ignore[type-var]


class Identify(Middleware):
    """Give the request an id; end it here when a traced request says `X-Stop: 1`."""

    def __call__(self, request: HttpRequest) -> Any:  # noqa: ANN401 - a response, or a coroutine that gives one
        """Pass the request on, and put the id on the response."""
        if self.is_async:
            return self.call_async(request)
        return label(request, _identified(request) or self.get_response(request))

    async def call_async(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on, and put the id on the response."""
        return label(request, _identified(request) or await self.get_response(request))


class Prepare(Middleware):
    """Leave a name, and the numbers to add, in the request context."""

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        super().__init__(get_response)
        self.process_view = self.view_async if self.is_async else self.view
        self.process_template_response = self.show_async if self.is_async else self.show

    def __call__(self, request: HttpRequest) -> Any:  # noqa: ANN401 - a response, or a coroutine that gives one
        """Pass the request on, with a name."""
        record("before prepare")
        request.name = None if "home" in request.path else "curry"
        return self.call_async(request) if self.is_async else conclude(request, self.get_response(request))

    async def call_async(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on, with a name."""
        return conclude(request, await self.get_response(request))

    def view(self, request: HttpRequest, *_: object) -> HttpResponse | None:
        """Leave the numbers to add, now that the path is known to have a view."""
        record("view prepare")
        try:
            if request.path.endswith("/context/add"):
                context.addends.set((query(request, ADDEND_A), query(request, ADDEND_B)))
        except Refused as error:
            return on_refused(request, error)
        return None

    async def view_async(self, request: HttpRequest, *_: object) -> HttpResponse | None:
        """Leave the numbers to add, now that the path is known to have a view."""
        return self.view(request)

    def show(self, request: HttpRequest, page: Page) -> Page:
        """Hand a page its request."""
        page.request = request
        return page

    async def show_async(self, request: HttpRequest, page: Page) -> Page:
        """Hand a page its request."""
        page.request, page.render = request, page.tell_async
        return page

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer what the site refused; leave what failed to the framework."""
        record("exception prepare")
        refused = Refused(503) if isinstance(error, (OperationalError, InterfaceError)) else error
        return on_refused(request, refused) if isinstance(refused, Refused) else None


def _identified(request: HttpRequest) -> HttpResponse | None:
    traced, meta = arrived(), request.META
    request.request_id = request_id(meta.get("HTTP_X_REQUEST_ID"))
    if traced:
        journal.file(request.request_id)
    record("before identify")
    # At the root of a host of its own is what has a prefix elsewhere; hosts are looked at nowhere else.
    if request.path_info == "/" and meta.get("HTTP_HOST", "").startswith(HOST):
        request.path_info = PREFIX
    # Nearly every request has no body and a short query, and pays for no more than being asked.
    if (request.method not in BODILESS or len(meta["QUERY_STRING"]) > QUERY_BYTES) and (status := refusal(request)):
        return refuse(request, status)
    return refuse(request, 403) if traced and meta.get("HTTP_X_STOP") == "1" else None


def conclude(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Note for whom the request was; where the hook before stopped it, there is no name."""
    record(f"after prepare for {request.name or 'nobody'}")
    return response


def label(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Put the id on the response."""
    record("after identify")
    response["X-Request-ID"] = request.request_id
    if request.method == "HEAD":
        # DIFFERS: Django leaves it to the server to drop the body, and gunicorn complains of each.
        response.content = b""
    return response
