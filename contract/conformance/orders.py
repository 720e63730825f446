"""Is an order taken once for each key? However often and however fast it is sent: one order, the same answer."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from secrets import token_hex

from contract.conformance.answers import encoded
from contract.conformance.case import Case, differences, error, refusal
from contract.conformance.check import Check, judged
from contract.conformance.people import asked, logged_in
from contract.conformance.questions import NOT_TOKENS
from contract.conformance.target import Target
from contract.conformance.together import ask_together
from contract.conformance.visitor import Visitor
from contract.conformance.written import CREATED, bad_bodies
from contract.endpoints import BY_NAME
from contract.errors import no_article
from contract.rows.writing import KEY
from contract.sent import LARGEST_ID

AT_ONCE = 100
OK = 200
# Orders cannot be deleted, so they are of an article that stays.
ARTICLE, OTHER = 4242, 4243
# By this, in small letters or capitals, the orders of this process's checks are found by whoever reaches the database.
KEYS = f"check-{token_hex(6)}-"
NUMBERS = (0, -1, LARGEST_ID + 1, "1", 1.5, True, None, [1])
WRONG: dict[str, tuple[object, ...]] = {"article_id": NUMBERS, "quantity": (*NUMBERS, 1_001)}


def orders(target: Target) -> Iterator[Check]:
    """Check who may order, what an order has to say, and that a key stands for one order for ever."""
    row = BY_NAME["orders_create"]
    path = row.url(target.style)
    if target.reason(row) is not None:
        name = f"{target.style} orders_create is not available"
        case = refusal(name, path, 501, target.reason(row), method="POST")
        yield judged(name, differences(case, target.client.ask(path, method="POST")))
        return
    yield from _strangers(target, path)
    visitor = logged_in(target)
    yield from _refused(target, visitor, path)
    yield from _taken(target, visitor, path)
    yield judged(f"{target.style} orders_create takes one of {AT_ONCE} orders at once", _at_once(target, visitor, path))


def _order(quantity: object = 3, article_id: object = ARTICLE) -> dict[str, object]:
    return {"article_id": article_id, "quantity": quantity}


def _keyed(key: str) -> tuple[tuple[str, str], ...]:
    return ((KEY.name, key),)


def _strangers(target: Target, path: str) -> Iterator[Check]:
    nobody = Visitor(target.client)
    nobody.cookies["session"] = "nonsense"
    whole = refusal(f"{target.style} orders_create asks to log in", path, 401, method="POST")
    yield asked(Visitor(target.client), replace(whole, headers=_keyed(token_hex(8)), sent=encoded(_order())))
    name = f"{target.style} orders_create asks to log in before it looks at the order"
    yield asked(Visitor(target.client), replace(whole, name=name))
    name = f"{target.style} orders_create takes no cookie that it did not make"
    yield asked(nobody, replace(whole, name=name, headers=_keyed(token_hex(8)), sent=encoded(_order())))


def _refused(target: Target, visitor: Visitor, path: str) -> Iterator[Check]:
    name = f"{target.style} orders_create"
    keyless = Case(f"{name} needs a key", path, error(400, KEY.rule), "POST", 400, sent=b"{}")
    yield asked(visitor, keyless)
    for key in (bad for bad in NOT_TOKENS if bad.isprintable() and bad.isascii()):
        yield asked(visitor, replace(keyless, name=f"{name} refuses the key {key[:20]!r}", headers=_keyed(key)))
    twice = (*_keyed(token_hex(8)), *_keyed(token_hex(8)))
    yield asked(visitor, replace(keyless, name=f"{name} refuses two keys", headers=twice))
    for case in bad_bodies(Case(name, path, b"", "POST", headers=_keyed(token_hex(8))), _order(), WRONG):
        yield asked(visitor, case)
    missing = refusal(f"{name} needs an article", path, 404, str(no_article(LARGEST_ID)), method="POST")
    sent = encoded(_order(article_id=LARGEST_ID))
    yield asked(visitor, replace(missing, headers=_keyed(token_hex(8)), sent=sent))


def _taken(target: Target, visitor: Visitor, path: str) -> Iterator[Check]:
    name, key = f"{target.style} orders_create", f"{KEYS}{token_hex(8)}"
    first = visitor.post_json(path, encoded(_order()), _keyed(key))
    made = json.loads(first.body)
    whole = {"id": made["id"], "article_id": ARTICLE, "quantity": 3, "created_at": made["created_at"]}
    wrong = [] if first.status == CREATED else [f"status {first.status}, not {CREATED}"]
    yield judged(name, wrong if first.body == encoded(whole) else [*wrong, f"body {first.body!r}"])
    again = Case(f"{name} answers the same again", path, first.body, "POST", OK, _keyed(key), sent=encoded(_order()))
    yield asked(visitor, again)
    conflict = replace(again, body=error(409), status=409)
    sent = encoded(_order(quantity=4))
    yield asked(visitor, replace(conflict, name=f"{name} takes no other quantity for a key", sent=sent))
    sent = encoded(_order(article_id=OTHER))
    yield asked(visitor, replace(conflict, name=f"{name} takes no other article for a key", sent=sent))
    other = visitor.post_json(path, encoded(_order()), _keyed(key.upper()))
    fresh = other.status == CREATED and json.loads(other.body)["id"] != made["id"]
    yield judged(f"{name} tells keys apart by their case", [] if fresh else [f"status {other.status}"])


def _at_once(target: Target, visitor: Visitor, path: str) -> Iterator[str]:
    cookie = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    headers = {KEY.name: f"{KEYS}{token_hex(8)}", "Cookie": cookie}
    together = ask_together(target.base_url, [path] * AT_ONCE, method="POST", headers=headers, body=encoded(_order()))
    yield from _wrong_statuses([answer.status_code for answer in together.answers])
    if others := len({answer.content for answer in together.answers}) - 1:
        yield f"{others} other answers than the first"


def _wrong_statuses(statuses: Sequence[int]) -> Iterator[str]:
    counted = Counter(statuses)
    if counted != Counter({CREATED: 1, OK: AT_ONCE - 1}):
        shown = ", ".join(f"{count} × {status}" for status, count in sorted(counted.items()))
        yield f"answered {shown} instead of {CREATED} once and {OK} from then on"
