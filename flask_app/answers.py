"""Answer with JSON, and with the contract's errors."""

import msgspec
from flask import Response, g

from contract.bodies import encode
from contract.errors import error_body, retry_headers


def json(body: msgspec.Struct) -> Response:
    """Answer 200 with a body of the contract."""
    return Response(encode(body), mimetype="application/json")


def refuse(status: int, message: str | None = None, headers: dict[str, str] | None = None) -> Response:
    """Answer with an error of the contract."""
    body = error_body(status, g.request_id, message)
    return Response(body, status, retry_headers(status) | (headers or {}), mimetype="application/json")
