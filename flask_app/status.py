"""What the process says of itself, outside the two styles."""

from flask import Blueprint, Response

from backing.journal import find
from backing.status import missing
from backing.status import stats as describe
from contract.bodies import Health, Journal
from contract.errors import Refused, no_journal
from contract.rows.status import REQUEST_ID
from flask_app.answers import json
from flask_app.parameters import checked

routes = Blueprint("status", __name__)


@routes.get("/health")
def health() -> Response:
    """Say whether the app can serve, and what is missing."""
    if names := missing():
        raise Refused(503, f"Missing: {', '.join(names)}.")
    return json(Health())


@routes.get("/stats")
def stats() -> Response:
    """Describe the process that answers."""
    return json(describe("flask", "werkzeug"))


@routes.get("/journal/<id_text>")
def journal(id_text: str) -> Response:
    """List the hooks and signals that ran for a traced request."""
    request_id = checked(REQUEST_ID, id_text)
    if (entries := find(request_id)) is None:
        raise no_journal(request_id)
    return json(Journal(request_id, entries))
