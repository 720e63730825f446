"""The token that a form brings back, so that no other site can send it in somebody's name."""

from secrets import compare_digest, token_urlsafe

from starlette.datastructures import FormData
from starlette.requests import Request

from contract.errors import Refused
from contract.forms import CSRF_FIELD, CSRF_REFUSED


def token(request: Request) -> str:
    """Return the token for the forms of this session, which begins with it where there was none."""
    # Writing is what makes a session, so it is written once.
    return str(request.session.get("csrf") or request.session.setdefault("csrf", token_urlsafe(32)))


def check(request: Request, form: FormData) -> None:
    """Refuse the request unless its form brings a token of its session."""
    kept, given = request.session.get("csrf"), form.get(CSRF_FIELD)
    if not kept or not isinstance(given, str) or not compare_digest(given.encode(), kept.encode()):
        raise Refused(403, CSRF_REFUSED)


def forget(request: Request) -> None:
    """Let the tokens given out so far open no form any more."""
    request.session.pop("csrf", None)
