"""Count every page that is shown, by a receiver of the signal that tells of it."""

from flask import Blueprint, Flask, Response, after_this_request, before_render_template, request
from jinja2 import Template

from backing import visits as counted
from backing.visits import Visit, visitor_of
from contract.visits import COOKIE, LIFETIME_S
from flask_app.answers import json

routes = Blueprint("visits", __name__)


@routes.get("/visits")
def visits() -> Response:
    """Say how many pages were shown, to how many visitors, at how many addresses."""
    return json(counted.totals())


@before_render_template.connect
def count(_: Flask, template: Template, **__: object) -> None:
    """Count a page, and let its visitor be known again."""
    known = request.cookies.get(COOKIE)
    visitor = visitor_of(known)
    # Flask sends this signal from plain code: the loop of a coroutine view, which nobody shares, waits meanwhile.
    counted.count(Visit(template.name or "", visitor, request.remote_addr or ""))
    if visitor != known:

        @after_this_request
        def remember(response: Response) -> Response:
            response.set_cookie(COOKIE, visitor, LIFETIME_S, httponly=True, samesite="Lax")
            return response
