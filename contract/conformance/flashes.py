"""Is a message for the next request read once? By whom it was left for, and by nobody after that."""

from collections.abc import Iterator, Sequence

import msgspec

from contract.bodies import Journal
from contract.conformance.answers import encoded
from contract.conformance.case import Case, differences
from contract.conformance.check import Check, judged
from contract.conformance.people import asked, known, logged_in
from contract.conformance.questions import bad_cases
from contract.conformance.target import Target
from contract.conformance.visitor import Visitor
from contract.endpoints import BY_NAME
from contract.forms import RIGHT
from contract.rows.people import CATEGORIES, CATEGORY
from contract.sessions import message_of

# Django's messages send no signal.
TELLING = ("flask", "fastapi")
TRACED = ("X-Trace", "1")


def flashes(target: Target) -> Iterator[Check]:
    """Check what is left, what is found, and in which order."""
    visitor = Visitor(target.client)
    yield _found(target, visitor, [], "nothing is there at first")
    yield _left(target, visitor, None)
    yield _found(target, visitor, [CATEGORY.default], "a message is there for the next request")
    yield _found(target, visitor, [], "a message that was read is gone")
    for category in CATEGORIES:
        yield _left(target, visitor, category)
    yield _found(target, Visitor(target.client), [], "others find nothing")
    yield _found(target, visitor, CATEGORIES, "messages are in the order in which they were left")
    for category in ("info", "error", "info"):
        yield _left(target, visitor, category)
    yield _found(target, visitor, ["info", "info"], "a category shows its own", "info")
    yield _found(target, visitor, [], "what was not shown is gone as well")
    yield from _kept_beside(target)
    yield from _told(target)
    for endpoint in ("flash_leave", "flash_read"):
        for case in bad_cases(BY_NAME[endpoint], target):
            answer = visitor.ask(case.method, case.path, case.headers)
            yield judged(case.name, differences(case, answer))


def _body(categories: Sequence[str]) -> bytes:
    return encoded({"messages": [{"category": each, "message": message_of(each)} for each in categories]})


def _left(target: Target, visitor: Visitor, category: str | None) -> Check:
    query = "" if category is None else f"?category={category}"
    path = f"/{target.style}/flash{query}"
    return asked(
        visitor, Case(f"{target.style} flash_leave{query}", path, _body([category or CATEGORY.default]), "POST")
    )


def _found(target: Target, visitor: Visitor, right: Sequence[str], what: str, category: str | None = None) -> Check:
    path = f"/{target.style}/flash" + ("" if category is None else f"?category={category}")
    return asked(visitor, Case(f"{target.style} flash_read: {what}", path, _body(right)))


def _kept_beside(target: Target) -> Iterator[Check]:
    """Check that messages and a name in one session leave each other alone."""
    visitor = logged_in(target)
    yield _left(target, visitor, "warning")
    yield known(target, visitor, RIGHT["name"], "a message leaves the name alone")
    yield _found(target, visitor, ["warning"], "asking for the name leaves the message alone")
    yield known(target, visitor, RIGHT["name"], "reading the message leaves the name alone")


def _told(target: Target) -> Iterator[Check]:
    """Check that the signal of a message is sent, where the framework knows one."""
    if target.app not in TELLING or target.processes > 1:
        return
    answer = target.client.ask(f"/{target.style}/flash", method="POST", headers=[TRACED])
    entries = msgspec.json.decode(target.client.ask(f"/journal/{answer.request_id}").body, type=Journal).entries
    found = entries.count("signal message_flashed")
    name = f"{target.style} flash_leave sends `message_flashed`, once"
    yield judged(name, [] if found == 1 else [f"{found} times in {', '.join(entries)}"])
