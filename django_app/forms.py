"""Forms in pages: shown, judged, and shown again with what is wrong beside each field."""

from django.http import HttpRequest, HttpResponse

from contract.forms import FIRST
from django_app import csrf
from django_app.answers import html, redirect
from django_app.fields import LoginForm, RegisterForm
from django_app.sessions import log_in, log_in_async

# DIFFERS: Django lists its URLs in app.py.


def forms_login(request: HttpRequest) -> HttpResponse:
    """Show the form to log in."""
    return html("login.html", form=LoginForm(), token=csrf.token(request))


async def forms_login_async(request: HttpRequest) -> HttpResponse:
    """Show the form to log in."""
    return html("login.html", form=LoginForm(), token=csrf.token(request))


def forms_login_send(request: HttpRequest) -> HttpResponse:
    """Log in with the form, or say what is wrong with it."""
    csrf.check(request)
    form = LoginForm(request.POST)
    if not form.is_valid():
        return html("login.html", 422, form=form, token=csrf.token(request))
    log_in(request, form.cleaned_data["name"])
    return redirect("/sync/session/me")


async def forms_login_send_async(request: HttpRequest) -> HttpResponse:
    """Log in with the form, or say what is wrong with it."""
    csrf.check(request)
    form = LoginForm(request.POST)
    if not form.is_valid():
        return html("login.html", 422, form=form, token=csrf.token(request))
    await log_in_async(request, form.cleaned_data["name"])
    return redirect("/async/session/me")


def forms_register(request: HttpRequest) -> HttpResponse:
    """Show the form to register."""
    return html("register.html", form=RegisterForm(initial=FIRST), token=csrf.token(request))


async def forms_register_async(request: HttpRequest) -> HttpResponse:
    """Show the form to register."""
    return html("register.html", form=RegisterForm(initial=FIRST), token=csrf.token(request))


def forms_register_send(request: HttpRequest) -> HttpResponse:
    """Register with the form, or say what is wrong with it; nobody is kept."""
    csrf.check(request)
    form = RegisterForm(request.POST)
    if not form.is_valid():
        return html("register.html", 422, form=form, token=csrf.token(request))
    return redirect("/sync/forms/login")


async def forms_register_send_async(request: HttpRequest) -> HttpResponse:
    """Register with the form, or say what is wrong with it; nobody is kept."""
    csrf.check(request)
    form = RegisterForm(request.POST)
    if not form.is_valid():
        return html("register.html", 422, form=form, token=csrf.token(request))
    return redirect("/async/forms/login")
