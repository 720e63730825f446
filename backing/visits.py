"""Who was here, counted in Valkey, so that all processes of a site agree: one round trip for each page."""

import os
import re
from dataclasses import dataclass
from typing import Any

from backing.background import on_lasting_loop
from backing.valkey_client import BROKEN, client, client_async
from contract.bodies import Visits
from contract.errors import Refused
from contract.visits import LOGIN_PAGE

PREFIX = "trilane:visits:"
PAGES, VISITORS, ADDRESSES, LOGINS = (PREFIX + name for name in ("pages", "visitors", "addresses", "logins"))
_MADE_HERE = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Visit:
    """One page shown: its template, whom it was shown to, and at which address."""

    page: str
    visitor: str
    address: str


def visitor_of(cookie: str | None) -> str:
    """Return who has this cookie; a new visitor where there is none, or one that no site makes."""
    return cookie if cookie is not None and _MADE_HERE.fullmatch(cookie) else os.urandom(8).hex()


def count(visit: Visit) -> None:
    """Count a page; refuse the request where Valkey does not answer."""
    try:
        _commands(client().pipeline(transaction=False), visit).execute()
    except BROKEN:
        raise Refused(503) from None


async def count_async(visit: Visit) -> None:
    """Count a page; refuse the request where Valkey does not answer."""
    await on_lasting_loop(_count(visit))


async def _count(visit: Visit) -> None:
    try:
        await _commands(client_async().pipeline(transaction=False), visit).execute()
    except BROKEN:
        raise Refused(503) from None


def _commands(pipeline: Any, visit: Visit) -> Any:  # noqa: ANN401 - the library has no types
    pipeline.incr(PAGES)
    pipeline.sadd(VISITORS, visit.visitor)
    pipeline.sadd(ADDRESSES, visit.address)
    if visit.page == LOGIN_PAGE:
        pipeline.incr(LOGINS)
    return pipeline


def totals() -> Visits:
    """Return what was counted so far, by all processes; refuse the request where Valkey does not answer."""
    try:
        pipeline = client().pipeline(transaction=False)
        pages, visitors, addresses, logins = pipeline.get(PAGES).scard(VISITORS).scard(ADDRESSES).get(LOGINS).execute()
    except BROKEN:
        raise Refused(503) from None
    return Visits(int(pages or 0), visitors, addresses, int(logins or 0))
