"""Pages: a list that is only read, one as real sites have it, and the files that pages link to."""

from django.http import HttpRequest, HttpResponse

from backing import access_async
from backing.access import read
from contract.bodies import Article, Summary
from contract.errors import no_article
from contract.queries import ARTICLES_GET, ARTICLES_LIST
from contract.rows.articles import LIMIT
from contract.rows.pages import FEATURED, FILE, NEWEST
from django_app.answers import html
from django_app.files import served
from django_app.parameters import checked, query
from django_app.sessions import person
from django_app.signals import article_viewed

# DIFFERS: Django lists its URLs in app.py.


def pages_articles(request: HttpRequest) -> HttpResponse:
    """Show the newest articles."""
    rows = read("pooled", Summary, ARTICLES_LIST, (query(request, LIMIT),))
    return html("articles.html", articles=rows, style="sync")


async def pages_articles_async(request: HttpRequest) -> HttpResponse:
    """Show the newest articles."""
    rows = await access_async.read("pooled", Summary, ARTICLES_LIST, (query(request, LIMIT),))
    return html("articles.html", articles=rows, style="async")


def page(request: HttpRequest) -> HttpResponse:
    """Show an article to whoever it is, and what else is new."""
    article_id = query(request, FEATURED)
    rows = read("pooled", Article, ARTICLES_GET, (article_id,))
    if not rows:
        raise no_article(article_id)
    newest = read("pooled", Summary, ARTICLES_LIST, (NEWEST,))
    told = article_viewed(1).send(None)
    return html(
        "page.html",
        visitor=person(request),
        name=request.name,
        featured=rows[0],
        articles=newest,
        receivers=len(told),
        style="sync",
    )


async def page_async(request: HttpRequest) -> HttpResponse:
    """Show an article to whoever it is, and what else is new."""
    article_id = query(request, FEATURED)
    rows = await access_async.read("pooled", Article, ARTICLES_GET, (article_id,))
    if not rows:
        raise no_article(article_id)
    newest = await access_async.read("pooled", Summary, ARTICLES_LIST, (NEWEST,))
    told = article_viewed(1).send(None)
    return html(
        "page.html",
        visitor=person(request),
        name=request.name,
        featured=rows[0],
        articles=newest,
        receivers=len(told),
        style="async",
    )


def static(request: HttpRequest, file_text: str) -> HttpResponse:
    """Serve a file of the site."""
    return served(request, "static", checked(FILE, file_text))
