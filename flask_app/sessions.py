"""Who is logged in: log in with a form, ask who it is, and log out."""

from flask import Blueprint, Response, current_app, request, session

from contract.bodies import Me
from contract.errors import Refused
from flask_app import csrf
from flask_app.answers import json
from flask_app.fields import LoginForm, first_problem
from flask_app.signals import announce_session, announce_session_async

routes = Blueprint("sessions", __name__)


def person() -> str | None:
    """Return the name of whoever is logged in, or None."""
    name: str | None = session.get("name")
    return name


def log_in(name: str) -> None:
    """Go on under a name, a new id and a new token, and tell the receivers of `session_set`."""
    _renew(name)
    announce_session(name)


async def log_in_async(name: str) -> None:
    """Go on under a name, a new id and a new token, and tell the receivers of `session_set`."""
    _renew(name)
    await announce_session_async(name)


def _renew(name: str) -> None:
    # Flask-Session gives no new id to an empty session, which has none yet.
    current_app.session_interface.regenerate(session)  # type: ignore[attr-defined]
    csrf.forget()
    session["name"] = name


def log_out() -> None:
    """Forget the session and all that it held."""
    session.clear()


@routes.post("/sync/session/login")
def session_login() -> Response:
    """Log in with a form."""
    csrf.check()
    form = LoginForm(request.form)
    if not form.validate():
        raise Refused(422, first_problem(form))
    log_in(form.data["name"])
    return json(Me(person()))


@routes.post("/async/session/login")
async def session_login_async() -> Response:
    """Log in with a form."""
    csrf.check()
    form = LoginForm(request.form)
    if not form.validate():
        raise Refused(422, first_problem(form))
    await log_in_async(form.data["name"])
    return json(Me(person()))


@routes.get("/sync/session/me")
def session_me() -> Response:
    """Say who is logged in."""
    return json(Me(person()))


@routes.get("/async/session/me")
async def session_me_async() -> Response:
    """Say who is logged in."""
    return json(Me(person()))


@routes.post("/sync/session/logout")
def session_logout() -> Response:
    """Log out."""
    log_out()
    return json(Me(None))


@routes.post("/async/session/logout")
async def session_logout_async() -> Response:
    """Log out."""
    log_out()
    return json(Me(None))
