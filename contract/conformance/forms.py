"""Are the forms right? What is sent is judged by the rules, kept, and shown again with the problem beside its field."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from contract.conformance.case import HTML, Case, differences, error
from contract.conformance.check import Check, judged
from contract.conformance.client import Answer
from contract.conformance.cookies import without_cookies
from contract.conformance.form_page import Values, found_form, right_form
from contract.conformance.html import parting
from contract.conformance.people import known, token_of
from contract.conformance.target import Target
from contract.conformance.visitor import FORM, Visitor
from contract.forms import CSRF_FIELD, CSRF_REFUSED, FIRST, LOGIN, REGISTER, RIGHT, Field

PASSWORD = RIGHT["password"]
# Each with the fields whose rules it breaks.
LOGINS: dict[str, tuple[Values, Collection[str]]] = {
    "nothing": ({}, {"name", "password"}),
    "empty fields": ({"name": "", "password": ""}, {"name", "password"}),
    "a name of 5 characters": ({**RIGHT, "name": "curry"}, {"name"}),
    "a name of 19 characters": ({**RIGHT, "name": "c" * 19}, {"name"}),
    "a name of 19 characters, the last a line break": ({**RIGHT, "name": "c" * 18 + "\n"}, {"name"}),
    "a name with NUL": ({**RIGHT, "name": "curry\x0030"}, {"name"}),
    "a name of 5 characters beyond ASCII": ({**RIGHT, "name": "🧵🧵🧵🧵🧵"}, {"name"}),
    "a short name in markup": ({**RIGHT, "name": "<b>\"'"}, {"name"}),
    "a long name in markup": ({**RIGHT, "name": '"><script>alert(1)</script>&amp;'}, {"name"}),
    "a password of 7 characters": ({**RIGHT, "password": "Aa1$567"}, {"password"}),
    "a password without an upper-case letter": ({**RIGHT, "password": "curry-30!"}, {"password"}),
    "a password whose only upper-case letter is beyond ASCII": ({**RIGHT, "password": "Éurry-30!"}, {"password"}),
    "a password without a lower-case letter": ({**RIGHT, "password": "CURRY-30!"}, {"password"}),
    "a password without a digit": ({**RIGHT, "password": "Curry-thirty!"}, {"password"}),
    "a password whose only digit is beyond ASCII": ({**RIGHT, "password": "Curry-٣!"}, {"password"}),
    "a password without another sign": ({**RIGHT, "password": "Curry-300"}, {"password"}),
}
LOGINS_TAKEN: dict[str, Values] = {
    "a name of 6 characters": {**RIGHT, "name": "王小明王小明"},
    "a name of 18 characters": {**RIGHT, "name": "c" * 18},
    "a name of spaces": {**RIGHT, "name": " " * 6},
    "a name with spaces around it": {**RIGHT, "name": "  curry  "},
    "a name in markup": {**RIGHT, "name": "<i>'\"&amp;</i>"},
    "a password of 8 characters": {**RIGHT, "password": "Aa1?5678"},
    "a password with spaces around it": {**RIGHT, "password": " Curry-30% "},
    "another field": {**RIGHT, "unknown": "<b>"},
}
NEW: dict[str, str | Sequence[str]] = {
    "name": "pyy", "password": PASSWORD, "confirmation": PASSWORD, "email": "pyy@example.com", "gender": "other",
    "city": "tromso", "hobby": ["chess", "tea"], "favourite": ["fastapi"],
}  # fmt: skip
EVERY = {field.name for field in REGISTER}
REGISTERS: dict[str, tuple[Values, Collection[str]]] = {
    # Two passwords that are not there are equal, and nobody has to have a favourite.
    "nothing": ({}, EVERY - {"confirmation", "favourite"}),
    "no name": ({**NEW, "name": ""}, {"name"}),
    "a name of 19 characters": ({**NEW, "name": "<&>" + "p" * 16}, {"name"}),
    "a password of 7 characters, twice": ({**NEW, "password": "Aa1$567", "confirmation": "Aa1$567"}, {"password"}),
    "another password again": ({**NEW, "confirmation": f"{PASSWORD} "}, {"confirmation"}),
    "no password again": ({**NEW, "confirmation": ""}, {"confirmation"}),
    "a wrong password and another one": ({**NEW, "password": "x"}, {"password", "confirmation"}),
    **{
        f"the e-mail {email!r}": ({**NEW, "email": email}, {"email"})
        for email in (
            "",
            "pyy",
            "pyy@",
            "@example.com",
            "pyy@example",
            "p y@example.com",
            "pyy@a..com",
            "a@b@c.de",
            "a@b.c\n",
        )
    },
    "no gender": ({**NEW, "gender": []}, {"gender"}),
    "a gender that is not offered": ({**NEW, "gender": "<b>"}, {"gender"}),
    "no city": ({**NEW, "city": []}, {"city"}),
    "a city that is not offered": ({**NEW, "city": "atlantis"}, {"city"}),
    "a city by what is shown": ({**NEW, "city": "New York"}, {"city"}),
    "no hobby": ({**NEW, "hobby": []}, {"hobby"}),
    "a hobby that is not offered beside one that is": ({**NEW, "hobby": ["music", "<b>"]}, {"hobby"}),
    "a favourite that is not offered beside one that is": ({**NEW, "favourite": ["none", "rails"]}, {"favourite"}),
    "everything wrong": (
        {"name": "", "password": "", "confirmation": "x", "email": "", "gender": "x", "city": "x", "favourite": "x"},
        EVERY,
    ),
}
REGISTERS_TAKEN: dict[str, Values] = {
    "every field": NEW,
    "no favourite": {**NEW, "favourite": []},
    "all that is offered": {**NEW, "hobby": ["chess", "music", "running", "tea"], "favourite": ["flask", "none"]},
    "a name of 1 character": {**NEW, "name": "'"},
    "a long e-mail": {**NEW, "email": "p.y+y@mail.example.co.uk"},
}


@dataclass(frozen=True)
class Form:
    """One form: where it is, what it shows at first, and where it leads; `wrong` names the fields that it points at."""

    name: str
    path: str
    fields: tuple[Field, ...]
    button: str
    first: Values
    leads_to: str
    wrong: dict[str, tuple[Values, Collection[str]]]
    right: dict[str, Values]


def forms(target: Target) -> Iterator[Check]:
    """Check both forms: as they are at first, and after everything that is worth sending."""
    style = target.style
    login = Form("login", "forms/login", LOGIN, "Log in", {}, f"/{style}/session/me", LOGINS, LOGINS_TAKEN)
    leads_to = f"/{style}/forms/login"
    register = Form("register", "forms/register", REGISTER, "Register", FIRST, leads_to, REGISTERS, REGISTERS_TAKEN)
    for form in (login, register):
        yield from _shown(target, form)
        yield from _guarded(target, form)
        yield from _taken(target, form)
    visitor = Visitor(target.client)
    _sent(target, visitor, login, RIGHT)
    yield known(target, visitor, RIGHT["name"], "the form to log in logs in")


def _shown(target: Target, form: Form) -> Iterator[Check]:
    """Check the form at first, and as it comes back where a rule is broken."""
    visitor = Visitor(target.client)
    at_first = visitor.get(f"/{target.style}/{form.path}")
    yield _page(target, form, "at first", at_first, (form.first, ()))
    for what, (values, broken) in form.wrong.items():
        answer = _sent(target, visitor, form, values)
        yield _page(target, form, f"after {what}", answer, (values, broken))


def _guarded(target: Target, form: Form) -> Iterator[Check]:
    visitor, values = Visitor(target.client), next(iter(form.right.values()))
    for what, token in {
        "no token": {},
        "the token of another": {CSRF_FIELD: token_of(target, Visitor(target.client))},
    }.items():
        right = Case(f"{target.style} forms_{form.name} refuses {what}", "", error(403, CSRF_REFUSED), status=403)
        token_of(target, visitor)
        sent = urlencode({**values, **token}, doseq=True).encode()
        yield _judged(right, visitor.ask("POST", f"/{target.style}/{form.path}", [FORM], sent))


def _taken(target: Target, form: Form) -> Iterator[Check]:
    visitor = Visitor(target.client)
    for what, values in form.right.items():
        name = f"{target.style} forms_{form.name} takes {what}"
        right = Case(name, "", b"", status=303, content_type=HTML, extra={"location": form.leads_to})
        yield _judged(right, _sent(target, visitor, form, values))


def _sent(target: Target, visitor: Visitor, form: Form, values: Values) -> Answer:
    """Send the form as a browser does, with its token."""
    return visitor.post_form(f"/{target.style}/{form.path}", {**values, CSRF_FIELD: token_of(target, visitor)})


def _page(target: Target, form: Form, when: str, answer: Answer, shown: tuple[Values, Collection[str]]) -> Check:
    values, broken = shown
    right = right_form(form.fields, form.button, values, broken)
    name, status = f"{target.style} forms_{form.name} {when}", 422 if broken else 200

    def compare(body: bytes) -> Iterator[str]:
        return parting(found_form(body), right)

    return _judged(Case(name, "", compare, status=status, content_type=HTML), answer)


def _judged(right: Case, answer: Answer) -> Check:
    """Judge an answer that read a session, whatever cookies it sets."""
    whole = replace(right, extra={**right.extra, "vary": "Cookie"})
    return judged(right.name, differences(whole, without_cookies(answer)))
