"""Answer with JSON, and with the contract's errors."""

import msgspec
from starlette.requests import HTTPConnection
from starlette.responses import Response

from contract.bodies import encode
from contract.errors import error_body, retry_headers


def json(body: msgspec.Struct) -> Response:
    """Answer 200 with a body of the contract."""
    return Response(encode(body), media_type="application/json")


def refuse(
    request: HTTPConnection, status: int, message: str | None = None, headers: dict[str, str] | None = None
) -> Response:
    """Answer with an error of the contract."""
    body = error_body(status, request.state.request_id, message)
    return Response(body, status, retry_headers(status) | (headers or {}), "application/json")
