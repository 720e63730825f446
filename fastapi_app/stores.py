"""Where a session is kept: in a signed cookie, or in Valkey under an id that the cookie names."""

# DIFFERS: Starlette keeps sessions in cookies alone, by middleware for which every request would pay.

import json
from collections.abc import AsyncIterator, Iterator, MutableMapping
from contextlib import asynccontextmanager
from functools import cache
from secrets import token_urlsafe
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.responses import Response

from backing.settings import settings
from backing.valkey_client import BROKEN, client_async
from contract.errors import Refused
from contract.sessions import COOKIE

PREFIX = "trilane:session:"


class Session(MutableMapping[str, Any]):
    """What is kept of one visitor; it notes whether it was read and changed. `key` is its id in Valkey."""

    def __init__(self, held: dict[str, Any] | None = None, key: str = "") -> None:
        self.held, self.key, self.dead = held or {}, key, ""
        self.accessed = self.modified = False

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - whatever was kept
        self.accessed = True
        return self.held[name]

    def __setitem__(self, name: str, value: object) -> None:
        self.modified = True
        self.held[name] = value

    def __delitem__(self, name: str) -> None:
        self.modified = True
        del self.held[name]

    def __iter__(self) -> Iterator[str]:
        self.accessed = True
        return iter(list(self.held))

    def __len__(self) -> int:
        self.accessed = True
        return len(self.held)

    def regenerate(self) -> None:
        """Go on under a new id; the one so far names nothing any more."""
        self.dead, self.key, self.modified = self.key, "", True


@cache
def signer() -> URLSafeTimedSerializer:
    """Return what signs the cookies of this process and checks them."""
    return URLSafeTimedSerializer(settings().secret_key, salt="fastapi-session")


@asynccontextmanager
async def reached() -> AsyncIterator[None]:
    """Refuse the request where Valkey does not answer in time."""
    try:
        yield
    except BROKEN:
        raise Refused(503) from None


async def opened(cookie: str) -> Session:
    """Read the session that a cookie holds or names; one that the site did not make begins a new one."""
    if settings().session_store == "cookie":
        try:
            return Session(signer().loads(cookie, max_age=settings().session_lifetime_s)) if cookie else Session()
        except BadData:
            return Session()
    async with reached():
        found = await client_async().get(PREFIX + cookie) if cookie else None
    return Session(json.loads(found), cookie) if found else Session()


async def saved(session: Session, response: Response) -> Response:
    """Write the session where it was changed, and tell the browser."""
    if session.accessed or session.modified:
        response.headers.add_vary_header("Cookie")
    if session.modified and settings().session_store == "valkey":
        async with reached():
            await _kept(session)
    if session.modified and session.held:
        cookie = str(session.key or signer().dumps(session.held))
        lifetime_s = None if settings().session_ends_with_browser else settings().session_lifetime_s
        response.set_cookie(COOKIE, cookie, max_age=lifetime_s, httponly=True, samesite="lax")
    elif session.modified:
        response.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return response


async def _kept(session: Session) -> None:
    if dead := session.dead or (session.key if not session.held else ""):
        await client_async().delete(PREFIX + dead)
    if session.held:
        # What another request has ended meanwhile is not begun again.
        known, session.key = bool(session.key), session.key or token_urlsafe(32)
        text, lifetime_s = json.dumps(session.held), settings().session_lifetime_s
        if not await client_async().set(PREFIX + session.key, text, ex=lifetime_s, xx=known):
            # Nor is the browser told anything: it may have a newer session by now.
            session.modified = False
