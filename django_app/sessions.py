"""Who is logged in: log in with a form, ask who it is, and log out."""

from django.http import HttpRequest, HttpResponse

from contract.bodies import Me
from contract.errors import Refused
from django_app import csrf
from django_app.answers import json
from django_app.fields import LoginForm, first_problem
from django_app.signals import announce_session, announce_session_async
from django_app.stores import aside

# DIFFERS: Django lists its URLs in app.py.


def person(request: HttpRequest) -> str | None:
    """Return the name of whoever is logged in, or None."""
    name: str | None = request.session.get("name")
    return name


def log_in(request: HttpRequest, name: str) -> None:
    """Go on under a name, a new id and a new token, and tell the receivers of `session_set`."""
    _renew(request, name)
    announce_session(name)


async def log_in_async(request: HttpRequest, name: str) -> None:
    """Go on under a name, a new id and a new token, and tell the receivers of `session_set`."""
    await aside(_renew, request, name)
    await announce_session_async(name)


def _renew(request: HttpRequest, name: str) -> None:
    request.session.cycle_key()
    csrf.forget(request)
    request.session["name"] = name


def log_out(request: HttpRequest) -> None:
    """Forget the session and all that it held."""
    request.session.flush()


def session_login(request: HttpRequest) -> HttpResponse:
    """Log in with a form."""
    csrf.check(request)
    form = LoginForm(request.POST)
    if not form.is_valid():
        raise Refused(422, first_problem(form))
    log_in(request, form.cleaned_data["name"])
    return json(Me(person(request)))


async def session_login_async(request: HttpRequest) -> HttpResponse:
    """Log in with a form."""
    csrf.check(request)
    form = LoginForm(request.POST)
    if not form.is_valid():
        raise Refused(422, first_problem(form))
    await log_in_async(request, form.cleaned_data["name"])
    return json(Me(person(request)))


def session_me(request: HttpRequest) -> HttpResponse:
    """Say who is logged in."""
    return json(Me(person(request)))


async def session_me_async(request: HttpRequest) -> HttpResponse:
    """Say who is logged in."""
    return json(Me(person(request)))


def session_logout(request: HttpRequest) -> HttpResponse:
    """Log out."""
    log_out(request)
    return json(Me(None))


async def session_logout_async(request: HttpRequest) -> HttpResponse:
    """Log out."""
    await aside(log_out, request)
    return json(Me(None))
