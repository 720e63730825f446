"""Does a cookie that the site did not make name anybody? Whatever is sent in its place, it is an unknown visitor's."""

from collections.abc import Iterator

from contract.conformance.check import Check
from contract.conformance.people import known, logged_in
from contract.conformance.target import Target
from contract.conformance.visitor import Visitor
from contract.forms import RIGHT
from contract.sessions import COOKIE

# In eighths of the cookie. Of its last character some bits may mean nothing.
CHANGED = (0, 1, 2, 3, 4, 5, 6, 7)
# {"name":"administrator"} as the frameworks write it, with a time and a signature that nobody has made.
FORGED = "eyJuYW1lIjoiYWRtaW5pc3RyYXRvciJ9"
MADE_UP = {
    "nothing": "",
    "a word": "nonsense",
    "a quote": '"',
    "markup": "<script>",
    "a path": "../../../etc/passwd",
    "a letter beyond ASCII": "é",
    "4 000 letters": "a" * 4_000,
    "an id like one": "0123456789abcdefghijklmnopqrstuv",
    "an unsigned session": FORGED,
    "a forged session": f"{FORGED}.aR8QAA.AAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "another forged session": f"{FORGED}:1vTkZ4:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
}


def tampering(target: Target) -> Iterator[Check]:
    """Check that made-up cookies and changed ones name nobody, and that the real one still does."""
    owner = logged_in(target)
    cookie = owner.cookies[COOKIE]
    changed = {f"the cookie with another character after {eighths}/8": _other(cookie, eighths) for eighths in CHANGED}
    cut = {"half of the cookie": cookie[: len(cookie) // 2], "the cookie without its first character": cookie[1:]}
    for what, value in {**MADE_UP, **changed, **cut}.items():
        visitor = Visitor(target.client)
        visitor.cookies[COOKIE] = value
        yield known(target, visitor, None, f"{what} names nobody")
    yield known(target, owner, RIGHT["name"], "the cookie itself still names its owner")


def _other(cookie: str, eighths: int) -> str:
    at = len(cookie) * eighths // len(CHANGED)
    return f"{cookie[:at]}{'b' if cookie[at] == 'a' else 'a'}{cookie[at + 1 :]}"
