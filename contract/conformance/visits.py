"""Is every page counted once, for whom it was shown to? What others do meanwhile would be counted as well."""

import secrets
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import msgspec

from contract.bodies import Visits
from contract.conformance.case import header_differences
from contract.conformance.check import Check, judged, skipped
from contract.conformance.client import TIMEOUT_S, Client
from contract.conformance.cookies import cookie_differences, set_cookies
from contract.conformance.target import PIDS, Target
from contract.conformance.visitor import Visitor
from contract.visits import COOKIE, LIFETIME_S

ATTRIBUTES = frozenset({f"max-age={LIFETIME_S}", "httponly", "path=/", "samesite=lax"})
FORGED = {"markup": "<b>", "nothing": "", "65 characters": "a" * 65, "another make": "visitor-1"}


def visits(target: Target) -> Iterator[Check]:
    """Check the counts of pages, visitors, addresses and renderings of the login page."""
    page, name = f"/{target.style}/pages/articles?limit=1", f"{target.style} visits:"
    visitor = Visitor(target.client)
    Visitor(target.client).get(page)  # the address is known from here on
    count = Count(target)
    answer = visitor.get(page)
    yield judged(f"{name} a new visitor", count.differences(Visits(1, 1, 0, 0)))
    yield judged(f"{name} a cookie to know them by", cookie_differences(answer, COOKIE, ATTRIBUTES))
    count = Count(target)
    known = ["the cookie is set again"] if COOKIE in set_cookies(visitor.get(page)) else []
    yield judged(f"{name} a visitor who comes again", [*count.differences(Visits(1, 0, 0, 0)), *known])
    count = Count(target)
    visitor.get(f"/{target.style}/forms/login")
    yield judged(f"{name} the login page", count.differences(Visits(1, 0, 0, 1)))
    count = Count(target)
    visitor.get(f"/{target.style}/hello")
    visitor.get(f"/{target.style}/page?id=0")
    yield judged(f"{name} what is no page", count.differences(Visits(0, 0, 0, 0)))
    for what, forged in FORGED.items():
        count = Count(target)
        answer = target.client.ask(page, headers=[("Cookie", f"{COOKIE}={forged}")])
        wrong = [*count.differences(Visits(1, 1, 0, 0)), *cookie_differences(answer, COOKIE, ATTRIBUTES)]
        yield judged(f"{name} a cookie of {what} is nobody's", wrong)
    yield _elsewhere(target, page)


def agreement(target: Target) -> Iterator[Check]:
    """Check the answer itself, and that all processes give the same one."""
    answer = target.client.ask("/visits")
    yield judged("/visits has the headers of every answer", header_differences(answer, {}))
    told = [target.client.ask("/visits", headers=[("Connection", "close")]).body for _ in range(PIDS)]
    different = set(told) - {answer.body}
    yield judged(
        "/visits is the same whichever process answers", [f"{one!r}, not {answer.body!r}" for one in different]
    )


def _elsewhere(target: Target, page: str) -> Check:
    """Check that another address is another address: every machine has many by which it reaches itself."""
    name = f"{target.style} visits: another address"
    own = urlsplit(target.base_url).hostname or ""
    if not own.startswith("127."):
        return skipped(name, "only a server on 127.0.0.1 can be asked from another address")
    address = f"127.{1 + secrets.randbelow(250)}.{secrets.randbelow(250)}.{1 + secrets.randbelow(250)}"
    transport, count = httpx.HTTPTransport(local_address=address), Count(target)
    try:
        with httpx.Client(base_url=target.base_url, transport=transport, timeout=TIMEOUT_S) as http:
            Client(http).ask(page)
    except httpx.ConnectError:
        return skipped(name, f"this machine does not reach itself from {address}")
    wrong = [*count.differences(Visits(1, 1, 1, 0))]
    if wrong and target.serving.sees_clients is None and not [*count.differences(Visits(1, 1, 0, 0))]:
        return skipped(name, "the address does not tell whether the app sees who asks: a container's port hides it")
    return judged(name, wrong)


class Count:
    """What was counted when this was made, to be compared with what is counted later."""

    def __init__(self, target: Target) -> None:
        self.target, self.before = target, _told(target)

    def differences(self, wanted: Visits) -> Iterator[str]:
        """Name each figure that did not go up by what it should have."""
        after = _told(self.target)
        for field in Visits.__struct_fields__:
            counted = getattr(after, field) - getattr(self.before, field)
            if counted != getattr(wanted, field):
                yield f"{field} went up by {counted}, not by {getattr(wanted, field)}"


def _told(target: Target) -> Visits:
    return msgspec.json.decode(target.client.ask("/visits").body, type=Visits)
