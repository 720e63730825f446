"""Read articles by the framework's usual ORM, each with its author."""

from flask import Blueprint, Response
from msgspec import convert
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from backing.background import on_background_loop
from backing.models import Article, session, session_async
from contract.bodies import ArticlesWithAuthors, ArticleWithAuthor
from contract.errors import no_article
from contract.rows.articles import ARTICLE_ID, LIMIT
from flask_app.answers import json
from flask_app.parameters import checked, query

routes = Blueprint("orm", __name__)

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
def orm_list() -> Response:
    """Answer with the newest articles and their authors."""
    rows = newest(query(LIMIT))
    return json(ArticlesWithAuthors(rows, len(rows)))


@routes.get("/async/orm/articles")
async def orm_list_async() -> Response:
    """Answer with the newest articles and their authors."""
    # DIFFERS: the connections of coroutines live on the background loop, so what they do is done there.
    rows = await on_background_loop(newest_async(query(LIMIT)))
    return json(ArticlesWithAuthors(rows, len(rows)))


@routes.get("/sync/orm/articles/<id_text>")
def orm_get(id_text: str) -> Response:
    """Answer with one article and its author."""
    return json(find(checked(ARTICLE_ID, id_text)))


@routes.get("/async/orm/articles/<id_text>")
async def orm_get_async(id_text: str) -> Response:
    """Answer with one article and its author."""
    return json(await on_background_loop(find_async(checked(ARTICLE_ID, id_text))))
