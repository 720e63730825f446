"""Pages: a list that is only read, one as real sites have it, and the files that pages link to."""

from starlette.requests import Request
from starlette.responses import Response

from backing import access_async
from backing.access import read
from contract.bodies import Article, Summary
from contract.errors import no_article
from contract.queries import ARTICLES_GET, ARTICLES_LIST
from contract.rows.articles import LIMIT
from contract.rows.pages import FEATURED, NEWEST
from fastapi_app.answers import html
from fastapi_app.files import served
from fastapi_app.parameters import FeaturedId, File, Limit
from fastapi_app.routing import router
from fastapi_app.sessions import person
from fastapi_app.signals import article_viewed
from fastapi_app.templating import templates

routes = router()
_with_session = router(session=True)


@routes.get("/sync/pages/articles")
def pages_articles(limit: Limit = LIMIT.default) -> Response:
    """Show the newest articles."""
    rows = read("pooled", Summary, ARTICLES_LIST, (limit,))
    return html("articles.html", articles=rows, style="sync")


@routes.get("/async/pages/articles")
async def pages_articles_async(limit: Limit = LIMIT.default) -> Response:
    """Show the newest articles."""
    rows = await access_async.read("pooled", Summary, ARTICLES_LIST, (limit,))
    return html("articles.html", articles=rows, style="async")


@_with_session.get("/sync/page")
def page(request: Request, article_id: FeaturedId = FEATURED.default) -> Response:
    """Show an article to whoever it is, and what else is new."""
    rows = read("pooled", Article, ARTICLES_GET, (article_id,))
    if not rows:
        raise no_article(article_id)
    newest = read("pooled", Summary, ARTICLES_LIST, (NEWEST,))
    told = article_viewed(1).send(routes)
    return html(
        "page.html",
        visitor=person(request),
        name=request.state.name,
        featured=rows[0],
        articles=newest,
        receivers=len(told),
        style="sync",
    )


@_with_session.get("/async/page")
async def page_async(request: Request, article_id: FeaturedId = FEATURED.default) -> Response:
    """Show an article to whoever it is, and what else is new."""
    rows = await access_async.read("pooled", Article, ARTICLES_GET, (article_id,))
    if not rows:
        raise no_article(article_id)
    newest = await access_async.read("pooled", Summary, ARTICLES_LIST, (NEWEST,))
    told = article_viewed(1).send(routes)
    return html(
        "page.html",
        visitor=person(request),
        name=request.state.name,
        featured=rows[0],
        articles=newest,
        receivers=len(told),
        style="async",
    )


@routes.get("/static/{file}")
def static(request: Request, file: File) -> Response:
    """Serve a file of the site."""
    return served(request, "static", file)


routes.routes.extend(_with_session.routes)
# Starlette's own `url_for` needs the request, and gives a whole URL.
templates.env.globals["url_path_for"] = routes.url_path_for
