"""Answer with JSON, and with the contract's errors."""

import msgspec
from django.http import HttpRequest, HttpResponse

from contract.bodies import encode
from contract.errors import error_body, retry_headers


def json(body: msgspec.Struct) -> HttpResponse:
    """Answer 200 with a body of the contract."""
    return _sized(HttpResponse(encode(body), content_type="application/json"))


def refuse(
    request: HttpRequest, status: int, message: str | None = None, headers: dict[str, str] | None = None
) -> HttpResponse:
    """Answer with an error of the contract."""
    body = error_body(status, request.request_id, message)
    response = HttpResponse(body, status=status, content_type="application/json")
    for name, value in (retry_headers(status) | (headers or {})).items():
        response[name] = value
    # Django would log a line for every answer from 400 up.
    response._has_been_logged = True  # noqa: SLF001 - Django's own means to say that there is nothing to log
    return _sized(response)


def _sized(response: HttpResponse) -> HttpResponse:
    """State the length, without which an ASGI server falls back to chunks."""
    # DIFFERS: the other two state it by themselves.
    response["Content-Length"] = str(len(response.content))
    return response
