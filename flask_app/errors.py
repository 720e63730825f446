"""Turn every way to fail into the contract's errors."""

from flask import Blueprint, Flask, Response, abort
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from backing.exchange import record
from contract.errors import Refused
from contract.rows.plain import KIND
from flask_app.answers import refuse
from flask_app.parameters import query

routes = Blueprint("errors", __name__)


@routes.get("/sync/fail")
def fail() -> Response:
    """Fail without being caught, or abort."""
    if query(KIND) == "abort":
        abort(418)
    raise RuntimeError("the handler failed, as it was asked to")


@routes.get("/async/fail")
async def fail_async() -> Response:
    """Fail without being caught, or abort."""
    if query(KIND) == "abort":
        abort(418)
    raise RuntimeError("the handler failed, as it was asked to")


def on_refused(error: Refused) -> Response:
    """Answer a request that the site refused."""
    record(f"error {error.status}")
    return refuse(error.status, error.message)


def on_http_error(error: HTTPException) -> Response:
    """Answer a request that the framework refused."""
    status = error.code or 500
    record(f"error {status}")
    methods = error.valid_methods if isinstance(error, MethodNotAllowed) else None
    return refuse(status, headers={"Allow": ", ".join(sorted(methods))} if methods else None)


def on_failure(_: Exception) -> Response:
    """Answer a request whose handler failed; the framework has logged why."""
    record("error 500")
    return refuse(500)


def install(app: Flask) -> None:
    """Register the handlers of errors."""
    app.register_error_handler(Refused, on_refused)
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(500, on_failure)
