"""What the process says of itself, outside the two styles."""

from starlette.responses import Response

from backing.journal import find
from backing.status import missing
from backing.status import stats as describe
from contract.bodies import Health, Journal
from contract.errors import Refused, no_journal
from fastapi_app.answers import json
from fastapi_app.parameters import RequestId
from fastapi_app.routing import router

routes = router()


@routes.get("/health")
def health() -> Response:
    """Say whether the app can serve, and what is missing."""
    if names := missing():
        raise Refused(503, f"Missing: {', '.join(names)}.")
    return json(Health())


@routes.get("/stats")
def stats() -> Response:
    """Describe the process that answers."""
    return json(describe("fastapi", "starlette"))


@routes.get("/journal/{request_id}")
def journal(request_id: RequestId) -> Response:
    """List the hooks and signals that ran for a traced request."""
    if (entries := find(request_id)) is None:
        raise no_journal(request_id)
    return json(Journal(request_id, entries))
