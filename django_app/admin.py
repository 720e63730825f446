"""A second site with a prefix, a host, templates, static files and a guard of its own."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse

from backing.exchange import record
from contract.endpoints import ENDPOINTS
from contract.errors import Refused
from contract.rows.admin import GUARDED, PREFIX
from contract.rows.pages import FILE
from contract.sessions import ADMINISTRATOR
from django_app.answers import html
from django_app.files import served
from django_app.parameters import checked
from django_app.routing import get
from django_app.sessions import person


def guard(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let the administrator pass; only requests of this site meet this hook."""

    # DIFFERS: Django has no hook for a list of URLs; middleware would run for all of them.
    @wraps(view)
    def guarded(request: HttpRequest, **parameters: str) -> HttpResponse:
        record("before guard")
        if person(request) != ADMINISTRATOR:
            raise Refused(403, GUARDED)
        return view(request, **parameters)

    return guarded


def admin(request: HttpRequest) -> HttpResponse:
    """List what the site answers."""
    # DIFFERS: these URLs have no names by which they could be built.
    style = f"{PREFIX}/static/admin.css"
    return html("admin.html", name=person(request), endpoints=ENDPOINTS, style=style)


def admin_static(request: HttpRequest, file_text: str) -> HttpResponse:
    """Serve a file of the second site."""
    return served(request, "admin_static", checked(FILE, file_text))


urlpatterns = [
    get("", guard(admin), session=True),
    get("/static/<file_text>", guard(admin_static), session=True),
]
