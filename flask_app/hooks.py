"""What runs around every request, and once before the first."""

from flask import Flask, Response, g, request

from backing import journal
from backing.access import settings
from backing.exchange import arrived, is_traced, record
from backing.identity import request_id
from contract.endpoints import ADDEND_A, ADDEND_B
from flask_app.answers import refuse
from flask_app.parameters import query


def identify() -> Response | None:
    """Give the request an id; end it here when a traced request says `X-Stop: 1`."""
    arrived()
    g.request_id = request_id(request.headers.get("X-Request-ID"))
    journal.file(g.request_id)
    record("before identify")
    return refuse(403) if is_traced() and request.headers.get("X-Stop") == "1" else None


def prepare() -> None:
    """Leave a name, and the numbers to add, in the request context."""
    record("before prepare")
    if "home" not in request.path:
        g.name = "curry"
    if request.path.endswith("/context/add"):
        g.a, g.b = query(ADDEND_A), query(ADDEND_B)


def conclude(response: Response) -> Response:
    """Note for whom the request was; where the hook before stopped it, there is no name."""
    record(f"after prepare for {g.get('name') or 'nobody'}")
    return response


def label(response: Response) -> Response:
    """Put the id on the response."""
    record("after identify")
    response.headers["X-Request-ID"] = g.request_id
    return response


def tear_down(_: BaseException | None) -> None:
    """Note that the request is over, whether it failed or not."""
    record("teardown")


def start_up() -> None:
    """Read the environment before the first request."""
    settings()


def install(app: Flask) -> None:
    """Register the hooks; those after a request run in reverse."""
    # DIFFERS: `before_first_request` is gone; what has to run once runs here.
    start_up()
    app.before_request(identify)
    app.before_request(prepare)
    app.after_request(label)
    app.after_request(conclude)
    app.teardown_request(tear_down)
