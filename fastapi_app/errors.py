"""Turn every way to fail into the contract's errors."""

import logging

from fastapi import FastAPI, HTTPException
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from backing.exchange import record
from contract.errors import Refused
from contract.rows.plain import KIND
from fastapi_app.answers import refuse
from fastapi_app.parameters import RULES, Kind
from fastapi_app.routing import allowed, router
from fastapi_app.watching import got_request_exception

METHOD_NOT_ALLOWED = 405

routes = router()


@routes.get("/sync/fail")
def fail(kind: Kind = KIND.default) -> Response:
    """Fail without being caught, or abort."""
    if kind == "abort":
        raise HTTPException(418)
    raise RuntimeError("the handler failed, as it was asked to")


@routes.get("/async/fail")
async def fail_async(kind: Kind = KIND.default) -> Response:
    """Fail without being caught, or abort."""
    if kind == "abort":
        raise HTTPException(418)
    raise RuntimeError("the handler failed, as it was asked to")


async def on_refused(request: Request, error: Refused) -> Response:
    """Answer a request that the site refused."""
    record(f"error {error.status}")
    return refuse(request, error.status, error.message)


async def on_http_error(request: Request, error: StarletteHTTPException) -> Response:
    """Answer a request that the framework refused."""
    record(f"error {error.status_code}")
    return refuse(
        request,
        error.status_code,
        headers={"Allow": allowed(request)} if error.status_code == METHOD_NOT_ALLOWED else None,
    )


async def on_invalid(request: Request, error: RequestValidationError) -> Response:
    """Answer a request with a parameter that breaks its rule."""  # DIFFERS: FastAPI collects what breaks a rule
    record("error 422")
    first = error.errors()[0]
    rule = RULES[first["loc"][-1]] if first["type"] == "missing" else str(first["ctx"]["error"])
    return refuse(request, 422, rule)


class Failures:
    """Answer a request whose handler failed, and log why."""

    # DIFFERS: Starlette answers a failure outside all middleware, and then raises it again: the server would close
    # the connection.

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; answer 500 if that raises."""
        try:
            await self.app(scope, receive, send)
        except Exception as error:
            got_request_exception.send(self, exception=error)
            logging.getLogger(__name__).exception("%s %s failed", scope["method"], scope["path"])
            record("error 500")
            # Where a response has begun, the server takes no second one: it raises, and closes the connection.
            await refuse(HTTPConnection(scope), 500)(scope, receive, send)


def install(app: FastAPI) -> None:
    """Register the handlers of errors."""
    app.add_exception_handler(Refused, on_refused)  # type: ignore[arg-type]
    app.add_exception_handler(StarletteHTTPException, on_http_error)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, on_invalid)  # type: ignore[arg-type]
