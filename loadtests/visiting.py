"""What a user does before the work that is measured: log in, and make an article to write to."""

import json

import httpx

from contract.conformance.answers import encoded
from contract.conformance.client import Client, client
from contract.conformance.html import value_of
from contract.conformance.visitor import Visitor
from contract.conformance.written import CREATED, fields
from contract.forms import CSRF_FIELD, RIGHT

_OK = 200
# So many a person sends to log in: for the form, and with it.
LOGIN_REQUESTS = 2


def logged_in(base_url: str, style: str) -> str:
    """Log in, and return the cookies of the session as a header's value; raise `ValueError` where that fails."""
    try:
        with client(base_url) as own:
            return _logged_in(own, style)
    except httpx.HTTPError as error:
        raise ValueError(f"nobody can log in: {type(error).__name__}: {error}") from None


def _logged_in(own: Client, style: str) -> str:
    visitor = Visitor(own)
    token = value_of(visitor.get(f"/{style}/forms/login").body, CSRF_FIELD)
    answer = visitor.post_form(f"/{style}/session/login", {**RIGHT, CSRF_FIELD: token or ""})
    if answer.status != _OK:
        raise ValueError(f"nobody can log in: status {answer.status}")
    return "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())


def make_article(base_url: str) -> int:
    """Make an article by the app itself, and return its id; raise `ValueError` where that fails."""
    with client(base_url) as own:
        # Plain functions can write in every stack.
        made = own.ask("/sync/articles", method="POST", body=encoded(fields()))
    if made.status != CREATED:
        raise ValueError(f"no article could be made to write to: status {made.status}")
    return int(json.loads(made.body)["id"])


def remove_article(base_url: str, article_id: int) -> None:
    """Delete the article; one that is not there any more is left alone."""
    with client(base_url) as own:
        own.ask(f"/sync/articles/{article_id}", method="DELETE")
