"""Read articles by the framework's usual ORM, each with its author."""

from msgspec import convert
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from starlette.responses import Response

from backing.models import Article, session, session_async
from contract.bodies import ArticlesWithAuthors, ArticleWithAuthor
from contract.errors import no_article
from contract.rows.articles import LIMIT
from fastapi_app.answers import json
from fastapi_app.parameters import ArticleId, Limit
from fastapi_app.routing import router

routes = router()

WITH_AUTHOR = joinedload(Article.author, innerjoin=True)


def newest(limit: int) -> list[ArticleWithAuthor]:
    """Return the newest articles, read by one query."""
    with session() as opened:
        found = opened.scalars(select(Article).options(WITH_AUTHOR).order_by(Article.id.desc()).limit(limit))
        return convert(found.all(), list[ArticleWithAuthor], from_attributes=True)


async def newest_async(limit: int) -> list[ArticleWithAuthor]:
    """Return the newest articles, read by one query."""
    async with session_async() as opened:
        found = await opened.scalars(select(Article).options(WITH_AUTHOR).order_by(Article.id.desc()).limit(limit))
        return convert(found.all(), list[ArticleWithAuthor], from_attributes=True)


def find(article_id: int) -> ArticleWithAuthor:
    """Return an article, or refuse the request."""
    with session() as opened:
        found = opened.get(Article, article_id, options=[WITH_AUTHOR])
        if found is None:
            raise no_article(article_id)
        return convert(found, ArticleWithAuthor, from_attributes=True)


async def find_async(article_id: int) -> ArticleWithAuthor:
    """Return an article, or refuse the request."""
    async with session_async() as opened:
        found = await opened.get(Article, article_id, options=[WITH_AUTHOR])
        if found is None:
            raise no_article(article_id)
        return convert(found, ArticleWithAuthor, from_attributes=True)


@routes.get("/sync/orm/articles")
def orm_list(limit: Limit = LIMIT.default) -> Response:
    """Answer with the newest articles and their authors."""
    rows = newest(limit)
    return json(ArticlesWithAuthors(rows, len(rows)))


@routes.get("/async/orm/articles")
async def orm_list_async(limit: Limit = LIMIT.default) -> Response:
    """Answer with the newest articles and their authors."""
    rows = await newest_async(limit)
    return json(ArticlesWithAuthors(rows, len(rows)))


@routes.get("/sync/orm/articles/{article_id}")
def orm_get(article_id: ArticleId) -> Response:
    """Answer with one article and its author."""
    return json(find(article_id))


@routes.get("/async/orm/articles/{article_id}")
async def orm_get_async(article_id: ArticleId) -> Response:
    """Answer with one article and its author."""
    return json(await find_async(article_id))
