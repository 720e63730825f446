"""The journals of what somebody does who has a session, and of what is written: the signals of sessions and of rows."""

import json
from collections.abc import Iterator
from urllib.parse import urlencode

from contract.conformance.answers import encoded
from contract.conformance.check import Check
from contract.conformance.journal import TRACED, order
from contract.conformance.people import token_of
from contract.conformance.target import Target
from contract.conformance.visitor import FORM, JSON, Visitor
from contract.conformance.written import CREATED, fields
from contract.endpoints import BY_NAME
from contract.forms import CSRF_FIELD, RIGHT
from contract.rows.admin import PREFIX
from contract.sessions import ADMINISTRATOR

OK, DONE = 200, 204
TAG = "journal"


def journals_of_people(target: Target) -> Iterator[Check]:
    """Check the journals of a login, a message, the second site, and of rows that are read and written."""
    if target.app is None or target.processes > 1:
        # Why nobody can look is said by `journals`.
        return
    visitor = Visitor(target.client)
    sent = {**RIGHT, "name": ADMINISTRATOR, CSRF_FIELD: token_of(target, visitor)}
    answer = visitor.ask("POST", f"/{target.style}/session/login", [FORM, TRACED], urlencode(sent).encode())
    yield order(target, "login", answer, OK)
    yield order(target, "flashed", visitor.ask("POST", f"/{target.style}/flash", [TRACED]), OK)
    yield order(target, "passed", visitor.get(PREFIX, [TRACED]), OK)
    if target.reason(BY_NAME["articles_create"]) is None:
        yield order(target, "read", visitor.get(f"/{target.style}/orm/articles/1", [TRACED]), OK)
        yield from _written(target, visitor, f"/{target.style}/articles")


def _written(target: Target, visitor: Visitor, path: str) -> Iterator[Check]:
    made = visitor.post_json(path, encoded(fields()), [TRACED])
    yield order(target, "created", made, CREATED)
    own = f"{path}/{json.loads(made.body)['id']}"
    # A tag is made when it is first used; the journals are those of a tag that there is.
    for tags in ([TAG], []):
        visitor.ask("PUT", f"{own}/tags", [JSON], encoded({"tags": tags}))
    for case, tags in (("tagged", [TAG]), ("untagged", [])):
        answer = visitor.ask("PUT", f"{own}/tags", [JSON, TRACED], encoded({"tags": tags}))
        yield order(target, case, answer, OK)
    yield order(target, "deleted", visitor.ask("DELETE", own, [TRACED]), DONE)
