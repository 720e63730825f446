"""Refuse what is too large before it is read, and what does not say how large it is as soon as it has become so."""

from io import BytesIO

from flask import request

from backing.posted import received
from contract.limits import BODY_BYTES, QUERY_BYTES


def refusal() -> int | None:
    """Return the status that refuses a body or a query before a handler sees it; None lets them pass."""
    if len(request.query_string) > QUERY_BYTES:
        return 413
    if "HTTP_TRANSFER_ENCODING" in request.environ:
        return _measured()
    return 413 if (request.content_length or 0) > BODY_BYTES else None


def _measured() -> int | None:
    """Read a body that came in chunks; Flask would read it in the view, where a broken one is a failure."""
    body = received(request.environ["wsgi.input"])
    if body is None:
        return 400
    request.environ.update({"wsgi.input": BytesIO(body), "wsgi.input_terminated": True})
    return 413 if len(body) > BODY_BYTES else None
