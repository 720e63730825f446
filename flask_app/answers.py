"""Answer with JSON, with pages, and with the contract's errors."""

import msgspec
from flask import Response, g, render_template

from contract.bodies import encode
from contract.errors import error_body, retry_headers


def json(body: msgspec.Struct, status: int = 200) -> Response:
    """Answer with a body of the contract."""
    return Response(encode(body), status, mimetype="application/json")


def html(template: str, status: int = 200, **values: object) -> Response:
    """Answer with a page."""
    return Response(render_template(template, **values), status, mimetype="text/html")


def redirect(path: str) -> Response:
    """Send the browser to another path, which it asks for with GET."""
    return Response(status=303, headers={"Location": path}, mimetype="text/html")


def nothing() -> Response:
    """Answer that it is done, and that there is nothing to say."""
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response


def refuse(status: int, message: str | None = None, headers: dict[str, str] | None = None) -> Response:
    """Answer with an error of the contract."""
    body = error_body(status, g.request_id, message)
    return Response(body, status, retry_headers(status) | (headers or {}), mimetype="application/json")
