"""Answer with JSON, with pages, and with the contract's errors."""

import msgspec
from django.http import HttpRequest, HttpResponse

from contract.bodies import encode
from contract.errors import error_body, retry_headers
from django_app.templating import Page

_FAILED = 500


def json(body: msgspec.Struct, status: int = 200) -> HttpResponse:
    """Answer with a body of the contract."""
    return _sized(HttpResponse(encode(body), status=status, content_type="application/json"))


def html(template: str, status: int = 200, **values: object) -> HttpResponse:
    """Answer with a page."""
    return _sized(Page(template, status, values))


def redirect(path: str) -> HttpResponse:
    """Send the browser to another path, which it asks for with GET."""
    response = HttpResponse(status=303)
    response["Location"] = path
    return _sized(response)


def nothing() -> HttpResponse:
    """Answer that it is done, and that there is nothing to say."""
    response = HttpResponse(status=204)
    del response["Content-Type"]
    return response


def refuse(
    request: HttpRequest, status: int, message: str | None = None, headers: dict[str, str] | None = None
) -> HttpResponse:
    """Answer with an error of the contract."""
    body = error_body(status, request.request_id, message)
    response = HttpResponse(body, status=status, content_type="application/json")
    for name, value in (retry_headers(status) | (headers or {})).items():
        response[name] = value
    # Django would log a line for every answer from 400 up; of a failure it has to tell the reason.
    response._has_been_logged = status != _FAILED  # noqa: SLF001 - Django's own means to say that all is told
    return _sized(response)


def _sized(response: HttpResponse) -> HttpResponse:
    """State the length, without which an ASGI server falls back to chunks."""
    # DIFFERS: the other two state it by themselves.
    response["Content-Length"] = str(len(response.content))
    return response
