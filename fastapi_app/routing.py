"""Make the framework answer the contract's methods: HEAD wherever GET is, and no other one unasked."""

from asyncio import iscoroutinefunction
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from backing.exchange import arrived
from contract.errors import Refused
from contract.sessions import COOKIE
from fastapi_app import stores


class ArticleKey(StringConvertor):
    """What stands for an article where it is deleted; `random` is a path of its own, which answers other methods."""

    # DIFFERS: Starlette looks for another route where one does not answer the method.

    regex = "(?!random$)[^/]+"


register_url_convertor("article", ArticleKey())


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


class SessionRoute(Route):
    """A route whose handler has a session: opened before it, kept after it."""

    # DIFFERS: a route says that it uses a session; middleware would open one for every request.

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the framework's own handler with a session around it."""
        answer = super().get_route_handler()

        async def answer_with_session(request: Request) -> Response:
            session = request.scope["session"] = await stores.opened(request.cookies.get(COOKIE, ""))
            try:
                response = await answer(request)
            except Refused as error:
                response = await request.app.exception_handlers[Refused](request, error)
            return await stores.saved(session, response)

        return answer_with_session


def router(*, session: bool = False) -> APIRouter:
    """Return a router of such routes; `session` gives their handlers a session, which costs time."""
    return APIRouter(route_class=SessionRoute if session else Route)


def allowed(request: Request) -> str:
    """Name every method that the path of the request answers."""
    # DIFFERS: Starlette names only the methods of the first route that matches.
    methods: set[str] = set()
    for route in request.app.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            methods |= route.methods
    return ", ".join(sorted(methods))
