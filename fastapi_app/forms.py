"""Forms in pages: shown, judged, and shown again with what is wrong beside each field."""

from starlette.requests import Request
from starlette.responses import Response

from contract.forms import FIRST
from fastapi_app import csrf
from fastapi_app.answers import html, redirect
from fastapi_app.fields import Filled, LoginForm, RegisterForm
from fastapi_app.parameters import Form
from fastapi_app.routing import router
from fastapi_app.sessions import log_in, log_in_async

routes = router(session=True)


@routes.get("/sync/forms/login")
def forms_login(request: Request) -> Response:
    """Show the form to log in."""
    return html("login.html", form=Filled(LoginForm), token=csrf.token(request))


@routes.get("/async/forms/login")
async def forms_login_async(request: Request) -> Response:
    """Show the form to log in."""
    return html("login.html", form=Filled(LoginForm), token=csrf.token(request))


@routes.post("/sync/forms/login")
def forms_login_send(request: Request, sent: Form) -> Response:
    """Log in with the form, or say what is wrong with it."""
    csrf.check(request, sent)
    form = Filled(LoginForm, sent)
    if not form.validate():
        return html("login.html", 422, form=form, token=csrf.token(request))
    log_in(request, form.data["name"])
    return redirect("/sync/session/me")


@routes.post("/async/forms/login")
async def forms_login_send_async(request: Request, sent: Form) -> Response:
    """Log in with the form, or say what is wrong with it."""
    csrf.check(request, sent)
    form = Filled(LoginForm, sent)
    if not form.validate():
        return html("login.html", 422, form=form, token=csrf.token(request))
    await log_in_async(request, form.data["name"])
    return redirect("/async/session/me")


@routes.get("/sync/forms/register")
def forms_register(request: Request) -> Response:
    """Show the form to register."""
    return html("register.html", form=Filled(RegisterForm, first=FIRST), token=csrf.token(request))


@routes.get("/async/forms/register")
async def forms_register_async(request: Request) -> Response:
    """Show the form to register."""
    return html("register.html", form=Filled(RegisterForm, first=FIRST), token=csrf.token(request))


@routes.post("/sync/forms/register")
def forms_register_send(request: Request, sent: Form) -> Response:
    """Register with the form, or say what is wrong with it; nobody is kept."""
    csrf.check(request, sent)
    form = Filled(RegisterForm, sent)
    if not form.validate():
        return html("register.html", 422, form=form, token=csrf.token(request))
    return redirect("/sync/forms/login")


@routes.post("/async/forms/register")
async def forms_register_send_async(request: Request, sent: Form) -> Response:
    """Register with the form, or say what is wrong with it; nobody is kept."""
    csrf.check(request, sent)
    form = Filled(RegisterForm, sent)
    if not form.validate():
        return html("register.html", 422, form=form, token=csrf.token(request))
    return redirect("/async/forms/login")
