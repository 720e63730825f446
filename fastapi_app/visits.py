"""Count every page that is shown, by a receiver of the signal that tells of it."""

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import Scope

from backing import visits as counted
from backing.visits import Visit, visitor_of
from contract.visits import COOKIE, LIFETIME_S
from fastapi_app.answers import json
from fastapi_app.routing import router
from fastapi_app.templating import Page
from fastapi_app.watching import template_rendered

routes = router()


@routes.get("/visits")
def visits() -> Response:
    """Say how many pages were shown, to how many visitors, at how many addresses."""
    return json(counted.totals())


@template_rendered.connect
async def count(page: Page, scope: Scope) -> None:
    """Count a page, and let its visitor be known again."""
    request = HTTPConnection(scope)
    known = request.cookies.get(COOKIE)
    visitor = visitor_of(known)
    await counted.count_async(Visit(page.template, visitor, request.client.host if request.client else ""))
    if visitor != known:
        page.set_cookie(COOKIE, visitor, LIFETIME_S, httponly=True, samesite="lax")
