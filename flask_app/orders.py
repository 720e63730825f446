"""Take orders, each once for its key, from those who are logged in."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar, ParamSpec, TypeVar

from flask import Blueprint, Response
from flask.views import MethodView

from backing import writes, writes_async
from contract.errors import Refused
from contract.rows.writing import KEY
from contract.sent import NewOrder
from flask_app.answers import json
from flask_app.parameters import body, header
from flask_app.sessions import person

_Given = ParamSpec("_Given")
_Answer = TypeVar("_Answer")

routes = Blueprint("orders", __name__)


def login_required(view: Callable[_Given, _Answer]) -> Callable[_Given, _Answer]:
    """Let nobody in who is not logged in."""

    @wraps(view)
    def guarded(*args: _Given.args, **parameters: _Given.kwargs) -> _Answer:
        if person() is None:
            raise Refused(401)
        return view(*args, **parameters)

    return guarded


def orders_create() -> Response:
    """Take an order, or answer with the one that was taken with this key."""
    key, wanted = header(KEY), body(NewOrder)
    order, taken = writes.order(key, wanted.article_id, wanted.quantity)
    return json(order, 201 if taken else 200)


async def orders_create_async() -> Response:
    """Take an order, or answer with the one that was taken with this key."""
    key, wanted = header(KEY), body(NewOrder)
    order, taken = await writes_async.order(key, wanted.article_id, wanted.quantity)
    return json(order, 201 if taken else 200)


class Orders(MethodView):
    """Orders as a view that is a class, with a method for each of HTTP's."""

    decorators: ClassVar[list[Callable[..., Any]]] = [login_required]

    def post(self) -> Response:
        """Take an order."""
        return orders_create()


class OrdersAsync(MethodView):
    """Orders as a view that is a class, whose methods are coroutines."""

    decorators: ClassVar[list[Callable[..., Any]]] = [login_required]

    async def post(self) -> Response:
        """Take an order."""
        return await orders_create_async()


routes.add_url_rule("/sync/orders", view_func=Orders.as_view("orders_create"))
routes.add_url_rule("/async/orders", view_func=OrdersAsync.as_view("orders_create_async"))
