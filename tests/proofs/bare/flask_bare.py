"""Flask with nothing of the site but `hello` and what runs around it."""

import os
from time import perf_counter_ns

from flask import Flask, Response, g, request, request_started

from contract.parameters import is_token
from tests.proofs.bare.outermost import wsgi

BODY = b'{"message":"hello"}'

site = Flask(__name__, static_folder=None)


@site.before_request
def identify() -> None:
    """Give the request an id."""
    environ = request.environ
    environ["arrived_ns"] = perf_counter_ns()  # part: timing
    sent = environ.get("HTTP_X_REQUEST_ID")  # part: request id
    g.request_id = sent if sent is not None and is_token(sent) else os.urandom(8).hex()  # part: request id


@site.before_request  # part: hook
def prepare() -> None:  # part: hook
    """Leave a name in the request context."""
    if "home" not in request.path:
        g.name = "curry"


@site.after_request
def label(response: Response) -> Response:
    """Put the id on the response."""
    response.headers["X-Request-ID"] = g.request_id  # part: request id
    return response


@site.after_request  # part: hook
def conclude(response: Response) -> Response:  # part: hook
    """See the name again."""
    g.get("name")
    return response


@site.teardown_request  # part: hook
def tear_down(_: BaseException | None) -> None:  # part: hook
    """See the end of the request."""


@request_started.connect  # part: signal
def begin(_: Flask, **__: object) -> None:  # part: signal
    """Hear that the request begins."""


@site.get("/sync/hello")
def hello() -> Response:
    """Greet."""
    return Response(BODY, mimetype="application/json")


@site.get("/async/hello")
async def hello_async() -> Response:
    """Greet."""
    return Response(BODY, mimetype="application/json")


@site.get("/health")
def health() -> Response:
    """Say that the server is up."""
    return Response(b"{}", mimetype="application/json")


application = wsgi(site)
