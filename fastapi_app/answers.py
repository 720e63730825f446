"""Answer with JSON, with pages, and with the contract's errors."""

import msgspec
from starlette.requests import HTTPConnection
from starlette.responses import Response

from contract.bodies import encode
from contract.errors import error_body, retry_headers
from fastapi_app.templating import Page


def json(body: msgspec.Struct, status: int = 200) -> Response:
    """Answer with a body of the contract."""
    return Response(encode(body), status, media_type="application/json")


def html(template: str, status: int = 200, **values: object) -> Response:
    """Answer with a page."""
    return Page(template, status, values)


def redirect(path: str) -> Response:
    """Send the browser to another path, which it asks for with GET."""
    return Response(status_code=303, headers={"Location": path}, media_type="text/html")


def nothing() -> Response:
    """Answer that it is done, and that there is nothing to say."""
    return Response(status_code=204)


def refuse(
    request: HTTPConnection, status: int, message: str | None = None, headers: dict[str, str] | None = None
) -> Response:
    """Answer with an error of the contract."""
    body = error_body(status, request.state.request_id, message)
    return Response(body, status, retry_headers(status) | (headers or {}), "application/json")
