"""A second site with a prefix, a host, templates, static files and a guard of its own."""

from flask import Blueprint, Response, url_for

from backing.exchange import record
from contract.endpoints import ENDPOINTS
from contract.errors import Refused
from contract.rows.admin import GUARDED, PREFIX
from contract.rows.pages import FILE
from contract.sessions import ADMINISTRATOR
from flask_app.answers import html
from flask_app.files import served
from flask_app.parameters import checked
from flask_app.sessions import person

routes = Blueprint("admin", __name__, url_prefix=PREFIX, template_folder="admin_templates")


@routes.before_request
def guard() -> None:
    """Let the administrator pass; only requests of this site meet this hook."""
    record("before guard")
    if person() != ADMINISTRATOR:
        raise Refused(403, GUARDED)


@routes.get("")
def admin() -> Response:
    """List what the site answers."""
    style = url_for("admin.admin_static", file_text="admin.css")
    return html("admin.html", name=person(), endpoints=ENDPOINTS, style=style)


@routes.get("/static/<file_text>")
def admin_static(file_text: str) -> Response:
    """Serve a file of the second site."""
    return served("admin_static", checked(FILE, file_text))
