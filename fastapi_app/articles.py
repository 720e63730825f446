"""Read articles from the database, by whichever access the caller asks for."""

import random

from starlette.responses import Response

from backing import access_async
from backing.access import read
from contract.bodies import Article, Articles, Summaries, Summary
from contract.errors import no_article
from contract.queries import ARTICLES, ARTICLES_GET, ARTICLES_LIST
from contract.rows.articles import ACCESS, COUNT, LIMIT
from fastapi_app.answers import json
from fastapi_app.parameters import Access, ArticleId, Count, Limit
from fastapi_app.routing import router

routes = router()


@routes.get("/sync/articles")
def articles_list(limit: Limit = LIMIT.default, access: Access = ACCESS.default) -> Response:
    """Answer with the newest articles, read by one query."""
    rows = read(access, Summary, ARTICLES_LIST, (limit,))
    return json(Summaries(rows, len(rows)))


@routes.get("/async/articles")
async def articles_list_async(limit: Limit = LIMIT.default, access: Access = ACCESS.default) -> Response:
    """Answer with the newest articles, read by one query."""
    rows = await access_async.read(access, Summary, ARTICLES_LIST, (limit,))
    return json(Summaries(rows, len(rows)))


@routes.get("/sync/articles/random")
def articles_random(count: Count = COUNT.default, access: Access = ACCESS.default) -> Response:
    """Answer with articles drawn at random, each read by a query of its own."""
    rows = read(access, Article, ARTICLES_GET, *((random.randint(1, ARTICLES),) for _ in range(count)))
    return json(Articles(rows, len(rows)))


@routes.get("/async/articles/random")
async def articles_random_async(count: Count = COUNT.default, access: Access = ACCESS.default) -> Response:
    """Answer with articles drawn at random, each read by a query of its own."""
    keys = ((random.randint(1, ARTICLES),) for _ in range(count))
    rows = await access_async.read(access, Article, ARTICLES_GET, *keys)
    return json(Articles(rows, len(rows)))


@routes.get("/sync/articles/{article_id}")
def articles_get(article_id: ArticleId, access: Access = ACCESS.default) -> Response:
    """Answer with one article, read by its key."""
    rows = read(access, Article, ARTICLES_GET, (article_id,))
    if not rows:
        raise no_article(article_id)
    return json(rows[0])


@routes.get("/async/articles/{article_id}")
async def articles_get_async(article_id: ArticleId, access: Access = ACCESS.default) -> Response:
    """Answer with one article, read by its key."""
    rows = await access_async.read(access, Article, ARTICLES_GET, (article_id,))
    if not rows:
        raise no_article(article_id)
    return json(rows[0])
