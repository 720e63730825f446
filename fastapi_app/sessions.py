"""Who is logged in: log in with a form, ask who it is, and log out."""

from starlette.requests import Request
from starlette.responses import Response

from contract.bodies import Me
from contract.errors import Refused
from fastapi_app import csrf
from fastapi_app.answers import json
from fastapi_app.fields import Filled, LoginForm, first_problem
from fastapi_app.parameters import Form
from fastapi_app.routing import router
from fastapi_app.signals import announce_session, announce_session_async

routes = router(session=True)


def person(request: Request) -> str | None:
    """Return the name of whoever is logged in, or None."""
    name: str | None = request.session.get("name")
    return name


def log_in(request: Request, name: str) -> None:
    """Go on under a name, a new id and a new token, and tell the receivers of `session_set`."""
    _renew(request, name)
    announce_session(name)


async def log_in_async(request: Request, name: str) -> None:
    """Go on under a name, a new id and a new token, and tell the receivers of `session_set`."""
    _renew(request, name)
    await announce_session_async(name)


def _renew(request: Request, name: str) -> None:
    request.session.regenerate()  # type: ignore[attr-defined]
    csrf.forget(request)
    request.session["name"] = name


def log_out(request: Request) -> None:
    """Forget the session and all that it held."""
    request.session.clear()


@routes.post("/sync/session/login")
def session_login(request: Request, sent: Form) -> Response:
    """Log in with a form."""
    csrf.check(request, sent)
    form = Filled(LoginForm, sent)
    if not form.validate():
        raise Refused(422, first_problem(form))
    log_in(request, form.data["name"])
    return json(Me(person(request)))


@routes.post("/async/session/login")
async def session_login_async(request: Request, sent: Form) -> Response:
    """Log in with a form."""
    csrf.check(request, sent)
    form = Filled(LoginForm, sent)
    if not form.validate():
        raise Refused(422, first_problem(form))
    await log_in_async(request, form.data["name"])
    return json(Me(person(request)))


@routes.get("/sync/session/me")
def session_me(request: Request) -> Response:
    """Say who is logged in."""
    return json(Me(person(request)))


@routes.get("/async/session/me")
async def session_me_async(request: Request) -> Response:
    """Say who is logged in."""
    return json(Me(person(request)))


@routes.post("/sync/session/logout")
def session_logout(request: Request) -> Response:
    """Log out."""
    log_out(request)
    return json(Me(None))


@routes.post("/async/session/logout")
async def session_logout_async(request: Request) -> Response:
    """Log out."""
    log_out(request)
    return json(Me(None))
