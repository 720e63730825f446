"""The token that a form brings back, so that no other site can send it in somebody's name."""

from functools import cache
from typing import NoReturn

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CSRF_SESSION_KEY, CsrfViewMiddleware, get_token

from contract.errors import Refused
from contract.forms import CSRF_REFUSED


class Guard(CsrfViewMiddleware):
    """Django's own guard, asked by the views that need it."""

    # DIFFERS: as middleware it would look at every request, in a thread of its own where views are coroutines.

    def _reject(self, request: HttpRequest, reason: str) -> NoReturn:
        del request, reason  # the contract has one sentence for all
        raise Refused(403, CSRF_REFUSED)


@cache
def _guard() -> Guard:
    return Guard(lambda _: None)


def token(request: HttpRequest) -> str:
    """Return the token for the forms of this session, which begins with it where there was none."""
    _guard().process_request(request)
    masked = get_token(request)
    # What Django does with the answer: it keeps the secret in the session.
    _guard().process_response(request, HttpResponse())
    return str(masked)


def check(request: HttpRequest) -> None:
    """Refuse the request unless its form brings a token of its session."""
    request.POST.keys()  # refused, if at all, before anybody looks for a token
    _guard().process_view(request, None, (), {})


def forget(request: HttpRequest) -> None:
    """Let the tokens given out so far open no form any more."""
    request.session.pop(CSRF_SESSION_KEY, None)
