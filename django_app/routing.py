"""Make the framework answer the contract's methods: HEAD wherever GET is, and no other one unasked."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from backing.exchange import arrived, record
from django_app.answers import refuse
from django_app.stores import with_session

View = Callable[..., Any]


def get(route: str, view: View, *, session: bool = False) -> URLPattern:
    """Route GET and HEAD to a view; `session` gives it a session, which costs time."""
    return methods(route, session=session, GET=view)


def methods(route: str, *, session: bool = False, **views: View) -> URLPattern:
    """Route each method to its view, HEAD where GET goes, and note when a plain view leaves the queue for a thread.

    `session` gives the views a session, which costs time.
    """
    # DIFFERS: Django's routes know no methods, and the decorators of 3.2 that do cannot wrap coroutines.
    if session:
        views = {method: with_session(view) for method, view in views.items()}
    if "GET" in views:
        views["HEAD"] = views["GET"]
    first = next(iter(views.values()))
    return path(route, _coroutine(first, views) if iscoroutinefunction(first) else _plain(first, views))


def _coroutine(first: View, views: dict[str, View]) -> View:
    @wraps(first)
    async def answer(request: HttpRequest, **parameters: str) -> HttpResponse:
        view = views.get(request.method)
        return await view(request, **parameters) if view else _not_allowed(request, views)

    return answer


def _plain(first: View, views: dict[str, View]) -> View:
    @wraps(first)
    def answer(request: HttpRequest, **parameters: str) -> HttpResponse:
        arrived()
        view = views.get(request.method)
        return view(request, **parameters) if view else _not_allowed(request, views)

    return answer


def _not_allowed(request: HttpRequest, views: dict[str, View]) -> HttpResponse:
    record("error 405")
    return refuse(request, 405, headers={"Allow": ", ".join(sorted(views))})
