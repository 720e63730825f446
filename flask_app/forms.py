"""Forms in pages: shown, judged, and shown again with what is wrong beside each field."""

from flask import Blueprint, Response, request

from contract.forms import FIRST
from flask_app import csrf
from flask_app.answers import html, redirect
from flask_app.fields import LoginForm, RegisterForm
from flask_app.sessions import log_in, log_in_async

routes = Blueprint("forms", __name__)


@routes.get("/sync/forms/login")
def forms_login() -> Response:
    """Show the form to log in."""
    return html("login.html", form=LoginForm(), token=csrf.token())


@routes.get("/async/forms/login")
async def forms_login_async() -> Response:
    """Show the form to log in."""
    return html("login.html", form=LoginForm(), token=csrf.token())


@routes.post("/sync/forms/login")
def forms_login_send() -> Response:
    """Log in with the form, or say what is wrong with it."""
    csrf.check()
    form = LoginForm(request.form)
    if not form.validate():
        return html("login.html", 422, form=form, token=csrf.token())
    log_in(form.data["name"])
    return redirect("/sync/session/me")


@routes.post("/async/forms/login")
async def forms_login_send_async() -> Response:
    """Log in with the form, or say what is wrong with it."""
    csrf.check()
    form = LoginForm(request.form)
    if not form.validate():
        return html("login.html", 422, form=form, token=csrf.token())
    await log_in_async(form.data["name"])
    return redirect("/async/session/me")


@routes.get("/sync/forms/register")
def forms_register() -> Response:
    """Show the form to register."""
    return html("register.html", form=RegisterForm(data=FIRST), token=csrf.token())


@routes.get("/async/forms/register")
async def forms_register_async() -> Response:
    """Show the form to register."""
    return html("register.html", form=RegisterForm(data=FIRST), token=csrf.token())


@routes.post("/sync/forms/register")
def forms_register_send() -> Response:
    """Register with the form, or say what is wrong with it; nobody is kept."""
    csrf.check()
    form = RegisterForm(request.form)
    if not form.validate():
        return html("register.html", 422, form=form, token=csrf.token())
    return redirect("/sync/forms/login")


@routes.post("/async/forms/register")
async def forms_register_send_async() -> Response:
    """Register with the form, or say what is wrong with it; nobody is kept."""
    csrf.check()
    form = RegisterForm(request.form)
    if not form.validate():
        return html("register.html", 422, form=form, token=csrf.token())
    return redirect("/async/forms/login")
