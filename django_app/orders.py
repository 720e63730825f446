"""Take orders, each once for its key, from those who are logged in."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views import View

from backing import writes, writes_async
from contract.errors import Refused
from contract.rows.writing import KEY
from contract.sent import NewOrder
from contract.unavailable import UNAVAILABLE
from django_app.answers import json
from django_app.parameters import body, header
from django_app.sessions import person

# DIFFERS: Django lists its URLs in app.py.


def login_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let nobody in who is not logged in."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **parameters: str) -> HttpResponse:
        if person(request) is None:
            raise Refused(401)
        return view(request, *args, **parameters)

    return guarded


def orders_create(request: HttpRequest) -> HttpResponse:
    """Take an order, or answer with the one that was taken with this key."""
    key, wanted = header(request, KEY), body(request, NewOrder)
    order, taken = writes.order(key, wanted.article_id, wanted.quantity)
    return json(order, 201 if taken else 200)


async def orders_create_async(request: HttpRequest) -> HttpResponse:
    """Take an order, or answer with the one that was taken with this key."""
    key, wanted = header(request, KEY), body(request, NewOrder)
    order, taken = await writes_async.order(key, wanted.article_id, wanted.quantity)
    return json(order, 201 if taken else 200)


@method_decorator(login_required, name="dispatch")
class Orders(View):
    """Orders as a view that is a class, with a method for each of HTTP's."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take an order."""
        return orders_create(request)


@method_decorator(login_required, name="dispatch")
class OrdersAsync(View):
    """Orders as a view that is a class, whose methods are coroutines."""

    async def post(self, request: HttpRequest) -> HttpResponse:
        """Take an order."""
        return await orders_create_async(request)


async def _unavailable(_: HttpRequest) -> HttpResponse:
    raise Refused(501, UNAVAILABLE["django", "vintage", "async", "orders_create"])


take = Orders.as_view()
# DIFFERS: Django 3.2 would answer with the coroutine itself.
take_async = OrdersAsync.as_view() if hasattr(View, "view_is_async") else _unavailable
