"""Whether there is a second site, with a prefix, a host, templates, static files and a guard of its own."""

from collections.abc import Iterator
from dataclasses import replace
from html import escape

from contract.conformance.case import HTML, Case, differences, refusal
from contract.conformance.check import Check, judged
from contract.conformance.html import unlike
from contract.conformance.pages import CACHING, CSS
from contract.conformance.people import asked, logged_in
from contract.conformance.target import Target
from contract.conformance.visitor import Visitor
from contract.endpoints import ENDPOINTS
from contract.rows.admin import GUARDED, HOST, PREFIX
from contract.sessions import ADMINISTRATOR

STYLE = f"{PREFIX}/static/admin.css"
AT_HOST = (("Host", f"{HOST}example:8080"),)
ELSEWHERE = (("Host", "example:8080"),)


def admin(target: Target) -> Iterator[Check]:
    """Check that the administrator sees the second site under both addresses, and nobody else does."""
    others = {"a guest": Visitor(target.client), "somebody else": logged_in(target)}
    for what, visitor in others.items():
        for path, headers in ((PREFIX, ()), (STYLE, ()), ("/", AT_HOST)):
            case = refusal(f"{_named(path, headers)} is closed to {what}", path, 403, GUARDED)
            yield asked(visitor, replace(case, headers=headers))
    visitor = logged_in(target, ADMINISTRATOR)
    for path, headers in ((PREFIX, ()), ("/", AT_HOST)):
        name = f"{_named(path, headers)} lists what the site answers"
        yield asked(visitor, Case(name, path, unlike(_page()), headers=headers, content_type=HTML))
    yield _style(visitor)
    yield asked(visitor, refusal(f"{PREFIX} has no other file", f"{PREFIX}/static/x.css", 404))
    yield from _nowhere_else(visitor)


def _named(path: str, headers: tuple[tuple[str, str], ...]) -> str:
    return f"{path} under {headers[0][1]}" if headers else path


def _asked(visitor: Visitor, case: Case) -> Check:
    return judged(case.name, differences(case, visitor.ask(case.method, case.path, case.headers)))


def _style(visitor: Visitor) -> Check:
    answer = visitor.get(STYLE)
    own = {name: value for name, value in answer.headers if name in CACHING}
    wrong = [] if b"table" in answer.body else [f"no style sheet of tables: {answer.body[:60]!r}"]
    case = Case(f"{STYLE} is served", STYLE, lambda _: wrong, extra=own, content_type=CSS)
    return judged(case.name, differences(case, answer))


def _nowhere_else(visitor: Visitor) -> Iterator[Check]:
    """Check that the root is a page at no other host, and that the host answers for nothing more than its root."""
    yield _asked(visitor, replace(refusal("/ is nothing elsewhere", "/", 404), headers=ELSEWHERE))
    for path in ("/static/admin.css", "/index"):
        case = refusal(f"{_named(path, AT_HOST)} is nothing", path, 404)
        yield _asked(visitor, replace(case, headers=AT_HOST))
    post = refusal(f"{_named('/', AT_HOST)} does not answer POST", "/", 405, method="POST")
    yield _asked(visitor, replace(post, headers=AT_HOST, extra={"allow": "GET, HEAD"}))


def _page() -> str:
    rows = "".join(
        f"<tr><td>{row.method}</td><td>{escape(row.path)}</td><td>{escape(row.does)}</td></tr>" for row in ENDPOINTS
    )
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Administration – Trilane</title>'
        f'<link rel="stylesheet" href="/static/site.css"><link rel="stylesheet" href="{STYLE}"></head>'
        "<body><header>Trilane</header><main><h1>What the site answers</h1>"
        f"<p>Logged in as {ADMINISTRATOR}.</p><table><tr><th>Method</th><th>Path</th><th>Does</th></tr>{rows}</table>"
        "</main><footer>The same page in three frameworks.</footer></body></html>"
    )
