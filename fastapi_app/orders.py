"""Take orders, each once for its key, from those who are logged in."""

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from backing import writes, writes_async
from contract.errors import Refused
from contract.rows.writing import KEY
from contract.sent import NewOrder
from fastapi_app.answers import json
from fastapi_app.parameters import SentBody, body, header
from fastapi_app.routing import router
from fastapi_app.sessions import person

routes = router(session=True)


async def login_required(request: Request) -> None:
    """Let nobody in who is not logged in."""
    if person(request) is None:
        raise Refused(401)


# DIFFERS: FastAPI has no views that are classes; what has to run before is a dependency of the route.
_LOGGED_IN = [Depends(login_required)]


@routes.post("/sync/orders", dependencies=_LOGGED_IN)
def orders_create(request: Request, sent: SentBody) -> Response:
    """Take an order, or answer with the one that was taken with this key."""
    key, wanted = header(request, KEY), body(sent, NewOrder)
    order, taken = writes.order(key, wanted.article_id, wanted.quantity)
    return json(order, 201 if taken else 200)


@routes.post("/async/orders", dependencies=_LOGGED_IN)
async def orders_create_async(request: Request, sent: SentBody) -> Response:
    """Take an order, or answer with the one that was taken with this key."""
    key, wanted = header(request, KEY), body(sent, NewOrder)
    order, taken = await writes_async.order(key, wanted.article_id, wanted.quantity)
    return json(order, 201 if taken else 200)
