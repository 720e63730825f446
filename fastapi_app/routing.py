"""Make the framework answer the contract's methods: HEAD wherever GET is, and no other one unasked."""

from asyncio import iscoroutinefunction
from collections.abc import Callable
from functools import wraps
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.routing import Match

from backing.exchange import arrived


class Route(APIRoute):
    """A route that answers HEAD as well, and notes when a plain function leaves the queue for a thread."""

    # DIFFERS: FastAPI answers HEAD with 405 where nobody declares it.

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:  # noqa: ANN401 - as inherited
        super().__init__(path, endpoint if iscoroutinefunction(endpoint) else _in_thread(endpoint), **options)
        if self.methods and "GET" in self.methods:
            self.methods.add("HEAD")


def _in_thread(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(endpoint)
    def arrive(*args: Any, **parameters: Any) -> Any:  # noqa: ANN401 - whatever the endpoint takes and gives
        arrived()
        return endpoint(*args, **parameters)

    return arrive


def router() -> APIRouter:
    """Return a router of such routes."""
    return APIRouter(route_class=Route)


def allowed(request: Request) -> str:
    """Name every method that the path of the request answers."""
    # DIFFERS: Starlette names only the methods of the first route that matches.
    methods: set[str] = set()
    for route in request.app.state.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            methods |= route.methods
    return ", ".join(sorted(methods))
