"""Where a session is kept: in a signed cookie, or in Valkey under an id that the cookie names."""

# DIFFERS: Django's middleware would open a session for every request, in another thread where views are coroutines.

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.contrib.sessions.backends import cache as cached
from django.contrib.sessions.backends.base import VALID_KEY_CHARS
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse

from backing.session_store import RedisError
from backing.settings import settings
from contract.errors import Refused
from django_app.errors import on_refused

View = Callable[..., Any]
KEY_LENGTH = 32


class SessionStore(cached.SessionStore):
    """Django's sessions in its cache; where they cannot be read, Django's own would begin new ones."""

    def _validate_session_key(self, key: str | None) -> bool:
        """Tell whether `key` can be one of Django's own."""
        return key is not None and len(key) == KEY_LENGTH and set(key) <= set(VALID_KEY_CHARS)

    def load(self) -> dict[str, Any]:
        """Read what is kept under the key; a key of nothing is forgotten."""
        with reached():
            found: dict[str, Any] | None = self._cache.get(self.cache_key)
        if found is None:
            self._session_key = None
        return found or {}


@contextmanager
def reached() -> Iterator[None]:
    """Refuse the request where Valkey does not answer in time."""
    try:
        yield
    except RedisError:
        raise Refused(503) from None


async def aside(work: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401 - whatever the work takes and gives
    """Do in a thread what may wait for Valkey; a cookie waits for nobody."""
    if settings().session_store == "cookie":
        return work(*arguments)
    return await sync_to_async(work, thread_sensitive=False)(*arguments)


@cache
def middleware() -> SessionMiddleware:
    """Return Django's own middleware, of which the views that have a session are the only callers."""
    return SessionMiddleware(lambda _: None)


def opened(request: HttpRequest) -> None:
    """Read the session; Django would do so when it is first asked for, which a coroutine could not wait for."""
    middleware().process_request(request)
    request.session.keys()
    request.session.accessed = False


def saved(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Write the session where it was changed, and tell the browser."""
    with reached():
        middleware().process_response(request, response)
    return response


def with_session(view: View) -> View:
    """Return the view with a session around it: opened before it, kept after it."""
    return _coroutine(view) if iscoroutinefunction(view) else _plain(view)


def _plain(view: View) -> View:
    @wraps(view)
    def answer(request: HttpRequest, **parameters: str) -> HttpResponse:
        try:
            with reached():
                opened(request)
                response = view(request, **parameters)
        except Refused as error:
            response = on_refused(request, error)
        return saved(request, response)

    return answer


def _coroutine(view: View) -> View:
    @wraps(view)
    async def answer(request: HttpRequest, **parameters: str) -> HttpResponse:
        try:
            with reached():
                await aside(opened, request)
                response = await view(request, **parameters)
        except Refused as error:
            response = on_refused(request, error)
        # Where nothing was changed nothing is written, and there is nothing to wait for.
        return await aside(saved, request, response) if request.session.modified else saved(request, response)

    return answer
