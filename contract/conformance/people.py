"""Is a session its owner's alone? Visitors come, log in by a form, are known by name, and go again."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import urlencode

import msgspec

from contract.bodies import Journal
from contract.conformance.answers import encoded
from contract.conformance.case import Case, differences, error
from contract.conformance.check import Check, judged, skipped
from contract.conformance.client import Answer
from contract.conformance.cookies import set_cookies, without_cookies
from contract.conformance.html import value_of
from contract.conformance.target import Target
from contract.conformance.visitor import FORM, Visitor
from contract.forms import CSRF_FIELD, CSRF_REFUSED, NAME, PASSWORD, RIGHT
from contract.sessions import ATTRIBUTES, COOKIE, REPLAYED

OK = 200
NAMES = ("<b>bold</b>", 'O\'Brien & "Co"', "王小明王小明", "Zoë 🧵 Tromsø", "trailing  ")
WRONG: dict[str, tuple[dict[str, str], str]] = {
    "a short name": ({"name": "curry"}, NAME.message),
    "a plain password": ({"password": "password"}, PASSWORD.message),
    "both wrong": ({"name": "", "password": ""}, NAME.message),
}
TRACED = ("X-Trace", "1")


def token_of(target: Target, visitor: Visitor) -> str:
    """Return a token for the forms of this visitor's session, which begins here where there was none."""
    return value_of(visitor.get(f"/{target.style}/forms/login").body, CSRF_FIELD) or ""


def logged_in(target: Target, name: str = RIGHT["name"]) -> Visitor:
    """Return somebody who has logged in under this name; raise `ValueError` where that is refused."""
    visitor = Visitor(target.client)
    answer = _sent(target, visitor, {**RIGHT, "name": name, CSRF_FIELD: token_of(target, visitor)})
    if answer.status != OK:
        raise ValueError(f"nobody can log in: status {answer.status}")
    return visitor


def asked(visitor: Visitor, case: Case) -> Check:
    """Judge an answer that somebody's session had part in: it says so, and may set cookies."""
    answer = visitor.ask(case.method, case.path, case.headers, case.sent)
    whole = replace(case, extra={**case.extra, "vary": "Cookie"})
    return judged(case.name, differences(whole, without_cookies(answer)))


def people(target: Target) -> Iterator[Check]:
    """Check who is known, from when on, until when, and to whom."""
    visitor = Visitor(target.client)
    yield known(target, visitor, None, "nobody is known at first")
    begun = visitor.get(f"/{target.style}/forms/login")
    yield judged(f"{target.style} session: it begins with a form", _cookie_differences(begun))
    token = value_of(begun.body, CSRF_FIELD) or ""
    yield from _guarded(target, visitor, token)
    for what, (wrong, message) in WRONG.items():
        name = f"{target.style} session_login refuses {what}"
        yield asked(visitor, _login(target, name, {**RIGHT, **wrong, CSRF_FIELD: token}, error(422, message), 422))
        yield known(target, visitor, None, f"nobody is known after {what}")
    yield from _named(target, visitor, token)
    yield from _gone(target, visitor)
    for name in NAMES:
        yield known(target, logged_in(target, name), name, f"the name {name!r} is kept as it is")


def known(target: Target, visitor: Visitor, name: str | None, what: str) -> Check:
    """Judge as whom the site knows somebody."""
    case = Case(f"{target.style} session: {what}", f"/{target.style}/session/me", encoded({"name": name}))
    return asked(visitor, case)


def _login(target: Target, name: str, values: Mapping[str, str], body: bytes, status: int = OK) -> Case:
    path = f"/{target.style}/session/login"
    return Case(name, path, body, "POST", status, headers=(FORM,), sent=urlencode(values).encode())


def _sent(target: Target, visitor: Visitor, values: Mapping[str, str]) -> Answer:
    return visitor.ask("POST", f"/{target.style}/session/login", [FORM, TRACED], urlencode(values).encode())


def _cookie_differences(answer: Answer) -> Iterator[str]:
    cookies = set_cookies(answer)
    if COOKIE not in cookies:
        yield f"no cookie {COOKIE} is set"
        return
    value, told = cookies[COOKIE]
    if not value:
        yield f"the cookie {COOKIE} is empty"
    # How long it lasts may be said in two ways, of which one is a date.
    if (lasting := {each for each in told if not each.startswith("max-age=")}) != ATTRIBUTES:
        yield f"the cookie {COOKIE} says {', '.join(sorted(lasting))}; not {', '.join(sorted(ATTRIBUTES))}"


def _guarded(target: Target, visitor: Visitor, token: str) -> Iterator[Check]:
    """Check that a form without a token of its own session is refused, whoever sends it."""
    stranger, other = Visitor(target.client), Visitor(target.client)
    tokens = {
        "no token": (visitor, {}),
        "an empty token": (visitor, {CSRF_FIELD: ""}),
        "a token that is none": (visitor, {CSRF_FIELD: "nonsense##é"}),
        "the token of another session": (visitor, {CSRF_FIELD: token_of(target, other)}),
        "a token without a session": (stranger, {CSRF_FIELD: token}),
    }
    for what, (who, sent) in tokens.items():
        name = f"{target.style} session_login refuses {what}"
        yield asked(who, _login(target, name, {**RIGHT, **sent}, error(403, CSRF_REFUSED), 403))
    yield known(target, visitor, None, "nobody is known after forms that were refused")


def _named(target: Target, visitor: Visitor, token: str) -> Iterator[Check]:
    """Check that logging in gives a name, to this session alone, under a cookie that nobody knew before."""
    name, before = RIGHT["name"], dict(visitor.cookies)
    answer = _sent(target, visitor, {**RIGHT, CSRF_FIELD: token})
    right = Case(f"{target.style} session_login", "", encoded({"name": name}), extra={"vary": "Cookie"})
    yield judged(right.name, [*differences(right, without_cookies(answer)), *_cookie_differences(answer)])
    changed = before.get(COOKIE) != visitor.cookies.get(COOKIE)
    yield judged(f"{target.style} session: logging in changes its cookie", [] if changed else ["it is the same"])
    yield known(target, visitor, name, "it has the name under which somebody logged in")
    yield known(target, Visitor(target.client), None, "others have not got the name")
    old = Visitor(target.client)
    old.cookies = before
    yield known(target, old, None, "the cookie from before the login names nobody")
    stale = _login(
        target,
        f"{target.style} session_login refuses the token from before the login",
        {**RIGHT, CSRF_FIELD: token},
        error(403, CSRF_REFUSED),
        403,
    )
    yield asked(visitor, stale)
    yield _announced(target, answer, name)


def _announced(target: Target, answer: Answer, name: str) -> Check:
    own = f"{target.style} session: `session_set` tells of the login, once"
    if target.processes > 1:
        return skipped(own, f"{target.processes} processes answer, and each keeps a journal of its own")
    entries = msgspec.json.decode(target.client.ask(f"/journal/{answer.request_id}").body, type=Journal).entries
    found = entries.count(f"signal session_set for {name}")
    return judged(own, [] if found == 1 else [f"{found} times in {', '.join(entries)}"])


def _gone(target: Target, visitor: Visitor) -> Iterator[Check]:
    """Check that logging out ends the session, as far as its store can end one."""
    before = dict(visitor.cookies)
    path = f"/{target.style}/session/logout"
    yield asked(visitor, Case(f"{target.style} session_logout", path, encoded({"name": None}), "POST"))
    yield known(target, visitor, None, "nobody is known after logging out")
    yield asked(visitor, Case(f"{target.style} session_logout of nobody", path, encoded({"name": None}), "POST"))
    own, store = "the cookie of a session that has ended", target.serving.session_store
    if store is None:
        yield skipped(f"{target.style} session: {own}", "the address does not tell where sessions are kept")
        return
    old = Visitor(target.client)
    old.cookies = before
    yield known(target, old, RIGHT["name"] if REPLAYED[store] else None, f"{own}, sent again, with sessions in {store}")
