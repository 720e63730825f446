"""Are the pages right? They are compared as browsers read them, with pages that are written here by hand.

Some titles hold markup and quotes: a page that does not escape them is another page.
"""

from collections.abc import Iterator
from dataclasses import replace
from html import escape

from backing.articles import articles
from contract.bodies import Article
from contract.conformance.case import HTML, Case, differences, refusal
from contract.conformance.check import Check, judged
from contract.conformance.html import unlike, value_of
from contract.conformance.questions import bad_cases
from contract.conformance.target import Target
from contract.conformance.visitor import Visitor
from contract.endpoints import BY_NAME
from contract.errors import no_article
from contract.forms import CSRF_FIELD, RIGHT
from contract.queries import ARTICLES
from contract.rows.articles import LIMIT
from contract.rows.pages import NEWEST

CSS = "text/css; charset=utf-8"
# Of static files, these are every framework's own.
CACHING = {"etag", "last-modified", "cache-control", "accept-ranges", "content-disposition", "vary"}
MISSING = ARTICLES + 1
# What the titles hold that a page has to escape: markup, and quotes.
HARD = ("<script>", '"')
SHOWN = 60
NOT_MODIFIED = 304
OK = 200


def pages(target: Target) -> Iterator[Check]:
    """Check both pages: what they show, to whom, and what they refuse."""
    visitor = Visitor(target.client)
    # From here on it has the cookie of a visitor, which no page sets again.
    visitor.get(f"/{target.style}/pages/articles?limit=1")
    for limit in (None, 1, LIMIT.high):
        query = "" if limit is None else f"?limit={limit}"
        right, path = _articles_page(target.style, limit or LIMIT.default), f"/{target.style}/pages/articles{query}"
        yield _asked(visitor, _shown(f"{target.style} pages_articles{query}", path, right))
    yield from _visited(target, visitor, None)
    yield _logged_in(target, visitor)
    yield from _visited(target, visitor, RIGHT["name"])
    path = f"/{target.style}/page?id={MISSING}"
    yield _asked(visitor, refusal(f"{target.style} page has no article {MISSING}", path, 404, str(no_article(MISSING))))
    for endpoint in ("pages_articles", "page"):
        for case in bad_cases(BY_NAME[endpoint], target):
            yield _asked(visitor, case)


def page_differences(page: bytes, style: str, article_id: int, name: str | None) -> Iterator[str]:
    """Name the first place in which `page` under a style is not the page with this article, as `name` sees it."""
    return unlike(_page(style, article_id, name))(page)


def static_files(target: Target) -> Iterator[Check]:
    """Check that the file that all pages link to is served, and that there is no way to another one."""
    answer = target.client.ask("/static/site.css")
    case = Case("/static/site.css is served", "/static/site.css", _no_style, content_type=CSS)
    own = {name: value for name, value in answer.headers if name in CACHING}
    yield judged(case.name, differences(replace(case, extra=own), answer))
    head = target.client.ask("/static/site.css", method="HEAD")
    wrong = [] if head.header("content-length") == str(len(answer.body)) and not head.body else ["it is not"]
    yield judged("/static/site.css is answered to HEAD without its body", wrong)
    kept = target.client.ask("/static/site.css", headers=[("If-Modified-Since", own.get("last-modified", ""))])
    wrong = [] if kept.status == NOT_MODIFIED and not kept.body else [f"status {kept.status}"]
    yield judged("/static/site.css is not sent to who has it already", wrong)
    missing = refusal("/static has no other file", "/static/app.css", 404)
    yield judged(missing.name, differences(missing, target.client.ask(missing.path)))
    for case in bad_cases(BY_NAME["static"], target):
        yield judged(case.name, differences(case, target.client.ask(case.path)))


def _no_style(body: bytes) -> Iterator[str]:
    if b"font" not in body:
        yield f"no style sheet: {body[:SHOWN]!r}"


def _asked(visitor: Visitor, case: Case) -> Check:
    return judged(case.name, differences(case, visitor.get(case.path)))


def _visited(target: Target, visitor: Visitor, name: str | None) -> Iterator[Check]:
    for article_id in (1, *map(_first_with, HARD)):
        path = f"/{target.style}/page" if article_id == 1 else f"/{target.style}/page?id={article_id}"
        what = f"{target.style} page id={article_id} for {name or 'anybody'}"
        # Who has another session sees another page.
        yield _asked(
            visitor, replace(_shown(what, path, _page(target.style, article_id, name)), extra={"vary": "Cookie"})
        )


def _first_with(text: str) -> int:
    # Not at import: whoever measures imports this too, and the articles take 14 MB.
    return next(article.id for article in articles() if text in article.title)


def _logged_in(target: Target, visitor: Visitor) -> Check:
    form = visitor.get(f"/{target.style}/forms/login")
    sent = {**RIGHT, CSRF_FIELD: value_of(form.body, CSRF_FIELD) or ""}
    answer = visitor.post_form(f"/{target.style}/session/login", sent)
    wrong = [] if answer.status == OK else [f"status {answer.status}: {answer.body[:SHOWN]!r}"]
    return judged(f"{target.style} a visitor logs in", wrong)


def _shown(name: str, path: str, right: str) -> Case:
    return Case(name, path, unlike(right), content_type=HTML)


def _whole(title: str, main: str) -> str:
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<link rel="stylesheet" href="/static/site.css"></head><body><header>Trilane</header>'
        f"<main>{main}</main><footer>The same page in three frameworks.</footer></body></html>"
    )


def _articles_page(style: str, limit: int) -> str:
    newest = "".join(
        f'<article id="article-{article.id}"><h2><a href="/{style}/articles/{article.id}"'
        f' title="{escape(article.title)}">{escape(article.title)}</a></h2>'
        f"<p>{escape(article.summary)}</p><p>{_day(article)}, {article.likes} likes</p></article>"
        for article in reversed(articles()[-limit:])
    )
    return _whole("Articles – Trilane", f"<h1>The newest articles</h1>{newest}")


def _page(style: str, article_id: int, name: str | None) -> str:
    article = articles()[article_id - 1]
    greeting = f"Good to see you again, {escape(name)}." if name else "Good to see you, whoever you are."
    newest = "".join(
        f'<li><a href="/{style}/articles/{each.id}">{escape(each.title)}</a></li>'
        for each in reversed(articles()[-NEWEST:])
    )
    return _whole(
        f"{escape(article.title)} – Trilane",
        f"<p>{greeting}</p><p>This request was prepared for curry and told to 1 receiver.</p>"
        f'<article id="article-{article.id}"><h1>{escape(article.title)}</h1>'
        f"<p>{_day(article)}, {article.likes} likes</p><p>{escape(article.body)}</p></article>"
        f"<h2>Newest</h2><ol>{newest}</ol>",
    )


def _day(article: Article) -> str:
    return f"{article.created_at.day} {article.created_at:%B %Y}"
