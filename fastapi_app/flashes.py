"""Messages for the next request: left in the session, read once, then gone."""

from starlette.requests import Request
from starlette.responses import Response

from contract.bodies import Flash, Flashed
from contract.rows.people import CATEGORY, SHOWN
from contract.sessions import message_of
from fastapi_app.answers import json
from fastapi_app.parameters import Category, ShownCategory
from fastapi_app.routing import router
from fastapi_app.watching import message_flashed

routes = router(session=True)


def leave(request: Request, category: str) -> Flashed:
    """Leave a message of this category, and return it."""
    # DIFFERS: FastAPI has no such messages; a list in the session is all that Flask's are.
    message = message_of(category)
    request.session["flashes"] = [*request.session.get("flashes", []), (category, message)]
    message_flashed.send(routes, message=message, category=category)
    return Flashed([Flash(category, message)])


def taken(request: Request, shown: str) -> Flashed:
    """Return the messages of a category, or all; those of the others are gone as well."""
    found = request.session.pop("flashes", [])
    return Flashed([Flash(category, message) for category, message in found if shown in {category, "all"}])


@routes.post("/sync/flash")
def flash_leave(request: Request, category: Category = CATEGORY.default) -> Response:
    """Leave a message for the next request."""
    return json(leave(request, category))


@routes.post("/async/flash")
async def flash_leave_async(request: Request, category: Category = CATEGORY.default) -> Response:
    """Leave a message for the next request."""
    return json(leave(request, category))


@routes.get("/sync/flash")
def flash_read(request: Request, category: ShownCategory = SHOWN.default) -> Response:
    """Read the messages that were left, and leave none."""
    return json(taken(request, category))


@routes.get("/async/flash")
async def flash_read_async(request: Request, category: ShownCategory = SHOWN.default) -> Response:
    """Read the messages that were left, and leave none."""
    return json(taken(request, category))
