"""What the sections on writes share: an article of their own, made and removed, and the rules of a body."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from secrets import token_hex

from contract.conformance.answers import encoded
from contract.conformance.case import Case, error
from contract.conformance.client import Client
from contract.sent import OBJECT, RULES

CREATED = 201
LONGEST_SHOWN = 20
TOO_LONG = "x" * 10_001


def fields(**changed: object) -> dict[str, object]:
    """Return an article that nobody has written yet; `changed` fields are put in, or left out where they are None."""
    whole = {
        "title": f"“Is <b>this</b> new?” 新しい {token_hex(8)} 🧵",
        "author_id": 7,
        "summary": "A summary & more",
        "body": "One line\nand another",
    }
    return {name: value for name, value in {**whole, **changed}.items() if value is not None}


@contextmanager
def own_article(client: Client) -> Iterator[int]:
    """Give the id of an article that is there until the end of the block; raise `ValueError` where none is made."""
    # Plain functions can write in every stack.
    made = client.ask("/sync/articles", method="POST", body=encoded(fields()))
    if made.status != CREATED:
        raise ValueError(f"no article could be made to write to: status {made.status}")
    article_id = int(json.loads(made.body)["id"])
    try:
        yield article_id
    finally:
        client.ask(f"/sync/articles/{article_id}", method="DELETE")


def bad_bodies(to: Case, right: Mapping[str, object], wrong: Mapping[str, tuple[object, ...]]) -> Iterator[Case]:
    """Yield a case for each body that breaks a rule, each answered by that rule; `to` says where it goes."""
    for what, sent in {"nothing": b"", "no JSON": b"{", "a list": b"[]", "no text": b'{"title":"\xff"}'}.items():
        yield _refused(to, f"refuses {what}", OBJECT, sent)
    for field, values in wrong.items():
        without = {key: value for key, value in right.items() if key != field}
        yield _refused(to, f"needs {field}", RULES[field], encoded(without))
        for value in values:
            shown = ascii(value)
            told = shown if len(shown) <= LONGEST_SHOWN else f"{shown[:LONGEST_SHOWN]}…"
            yield _refused(to, f"refuses {field}={told}", RULES[field], encoded({**right, field: value}))


def _refused(to: Case, what: str, rule: str, sent: bytes) -> Case:
    return replace(to, name=f"{to.name} {what}", body=error(422, rule), status=422, sent=sent)
