"""Make the framework answer the contract's methods: HEAD wherever GET is, and no other one unasked."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from backing.exchange import arrived
from django_app.answers import refuse

ALLOWED = ("GET", "HEAD")


def get(route: str, view: Callable[..., Any]) -> URLPattern:
    """Route GET and HEAD to a view, and note when a plain view leaves the queue for a thread."""
    # DIFFERS: Django's routes know no methods, and the decorators of 3.2 that do cannot wrap coroutines.
    return path(route, _coroutine(view) if iscoroutinefunction(view) else _plain(view))


def _coroutine(view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    async def answer(request: HttpRequest, **parameters: str) -> HttpResponse:
        return await view(request, **parameters) if request.method in ALLOWED else _not_allowed(request)

    return answer


def _plain(view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def answer(request: HttpRequest, **parameters: str) -> HttpResponse:
        arrived()
        return view(request, **parameters) if request.method in ALLOWED else _not_allowed(request)

    return answer


def _not_allowed(request: HttpRequest) -> HttpResponse:
    return refuse(request, 405, headers={"Allow": ", ".join(ALLOWED)})
