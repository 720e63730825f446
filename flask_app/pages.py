"""Pages: a list that is only read, one as real sites have it, and the files that pages link to."""

from flask import Blueprint, Response, g

from backing import access_async
from backing.access import read
from contract.bodies import Article, Summary
from contract.errors import no_article
from contract.queries import ARTICLES_GET, ARTICLES_LIST
from contract.rows.articles import LIMIT
from contract.rows.pages import FEATURED, FILE, NEWEST
from flask_app.answers import html
from flask_app.files import served
from flask_app.parameters import checked, query
from flask_app.sessions import person
from flask_app.signals import article_viewed

routes = Blueprint("pages", __name__)


@routes.get("/sync/pages/articles")
def pages_articles() -> Response:
    """Show the newest articles."""
    rows = read("pooled", Summary, ARTICLES_LIST, (query(LIMIT),))
    return html("articles.html", articles=rows, style="sync")


@routes.get("/async/pages/articles")
async def pages_articles_async() -> Response:
    """Show the newest articles."""
    rows = await access_async.read("pooled", Summary, ARTICLES_LIST, (query(LIMIT),))
    return html("articles.html", articles=rows, style="async")


@routes.get("/sync/page")
def page() -> Response:
    """Show an article to whoever it is, and what else is new."""
    article_id = query(FEATURED)
    rows = read("pooled", Article, ARTICLES_GET, (article_id,))
    if not rows:
        raise no_article(article_id)
    newest = read("pooled", Summary, ARTICLES_LIST, (NEWEST,))
    told = article_viewed(1).send(routes)
    return html(
        "page.html", visitor=person(), name=g.name, featured=rows[0], articles=newest, receivers=len(told), style="sync"
    )


@routes.get("/async/page")
async def page_async() -> Response:
    """Show an article to whoever it is, and what else is new."""
    article_id = query(FEATURED)
    rows = await access_async.read("pooled", Article, ARTICLES_GET, (article_id,))
    if not rows:
        raise no_article(article_id)
    newest = await access_async.read("pooled", Summary, ARTICLES_LIST, (NEWEST,))
    told = article_viewed(1).send(routes)
    return html(
        "page.html",
        visitor=person(),
        name=g.name,
        featured=rows[0],
        articles=newest,
        receivers=len(told),
        style="async",
    )


@routes.get("/static/<file_text>")
def static(file_text: str) -> Response:
    """Serve a file of the site."""
    return served("static", checked(FILE, file_text))
