"""A second site with a prefix, a host, templates, static files and a guard of its own."""

from fastapi import APIRouter, Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Host, Router
from starlette.types import Receive, Scope, Send

from backing.exchange import record
from contract.endpoints import ENDPOINTS
from contract.errors import Refused
from contract.rows.admin import GUARDED, HOST, PREFIX
from contract.sessions import ADMINISTRATOR
from fastapi_app.answers import html
from fastapi_app.files import served
from fastapi_app.parameters import File
from fastapi_app.routing import SessionRoute
from fastapi_app.sessions import person


async def guard(request: Request) -> None:
    """Let the administrator pass; only requests of this site meet this hook."""
    record("before guard")
    if person(request) != ADMINISTRATOR:
        raise Refused(403, GUARDED)


# DIFFERS: what only this site's requests meet is a dependency of its router.
routes = APIRouter(prefix=PREFIX, dependencies=[Depends(guard)], route_class=SessionRoute)


@routes.get("")
def admin(request: Request) -> Response:
    """List what the site answers."""
    style = routes.url_path_for("admin_static", file="admin.css")
    return html("admin.html", name=person(request), endpoints=ENDPOINTS, style=style)


@routes.get("/static/{file}")
def admin_static(request: Request, file: File) -> Response:
    """Serve a file of the second site."""
    return served(request, "admin_static", file)


async def at_root(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer at the root of a host of its own what has a prefix elsewhere."""
    if scope["path"] != "/":
        raise HTTPException(404)
    scope["path"] = PREFIX
    await routes(scope, receive, send)


# Starlette asks a router's `default` where no path was found, so no other request looks at its host.
by_host = Router([Host(f"{HOST}{{domain}}", at_root)])
