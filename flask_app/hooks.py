"""What runs around every request."""

from flask import Flask, Request, Response, g, request

from backing import journal
from backing.exchange import arrived, record
from backing.identity import request_id
from contract.limits import BODILESS, QUERY_BYTES
from contract.rows.context import ADDEND_A, ADDEND_B
from flask_app.answers import refuse
from flask_app.limits import refusal
from flask_app.parameters import query


def identify() -> Response | None:
    """Give the request an id; end it here when a traced request says `X-Stop: 1`."""
    traced = arrived()
    # What is asked of the proxy costs each time; this is asked of the request behind it.
    asked: Request = request._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask documents it
    g.request_id = request_id(asked.environ.get("HTTP_X_REQUEST_ID"))
    if traced:
        journal.file(g.request_id)
    record("before identify")
    # Nearly every request has no body and a short query, and pays for no more than being asked.
    if (asked.method not in BODILESS or len(asked.query_string) > QUERY_BYTES) and (status := refusal()):
        return refuse(status)
    return refuse(403) if traced and asked.environ.get("HTTP_X_STOP") == "1" else None


def prepare() -> None:
    """Leave a name, and the numbers to add, in the request context."""
    record("before prepare")
    path = request.path
    if "home" not in path:
        g.name = "curry"
    if path.endswith("/context/add"):
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


def install(app: Flask) -> None:
    """Register the hooks; those after a request run in reverse."""
    app.before_request(identify)
    app.before_request(prepare)
    app.after_request(label)
    app.after_request(conclude)
    app.teardown_request(tear_down)
