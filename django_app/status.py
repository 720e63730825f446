"""What the process says of itself, outside the two styles."""

from django.http import HttpRequest, HttpResponse

from backing.journal import find
from backing.status import missing
from backing.status import stats as describe
from contract.bodies import Health, Journal
from contract.errors import Refused, no_journal
from contract.rows.status import REQUEST_ID
from django_app.answers import json
from django_app.parameters import checked

# DIFFERS: Django lists its URLs in app.py.


def health(_: HttpRequest) -> HttpResponse:
    """Say whether the app can serve, and what is missing."""
    if names := missing():
        raise Refused(503, f"Missing: {', '.join(names)}.")
    return json(Health())


def stats(_: HttpRequest) -> HttpResponse:
    """Describe the process that answers."""
    return json(describe("django", "asgiref"))


def journal(_: HttpRequest, id_text: str) -> HttpResponse:
    """List the hooks and signals that ran for a traced request."""
    request_id = checked(REQUEST_ID, id_text)
    if (entries := find(request_id)) is None:
        raise no_journal(request_id)
    return json(Journal(request_id, entries))
