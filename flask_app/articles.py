"""Read articles from the database, by whichever access the caller asks for."""

import random

from flask import Blueprint, Response

from backing import access_async
from backing.access import read
from contract.bodies import Article, Articles, Summaries, Summary
from contract.errors import no_article
from contract.queries import ARTICLES, ARTICLES_GET, ARTICLES_LIST
from contract.rows.articles import ACCESS, ARTICLE_ID, COUNT, LIMIT
from flask_app.answers import json
from flask_app.parameters import checked, query

routes = Blueprint("articles", __name__)


@routes.get("/sync/articles")
def articles_list() -> Response:
    """Answer with the newest articles, read by one query."""
    limit, access = query(LIMIT), query(ACCESS)
    rows = read(access, Summary, ARTICLES_LIST, (limit,))
    return json(Summaries(rows, len(rows)))


@routes.get("/async/articles")
async def articles_list_async() -> Response:
    """Answer with the newest articles, read by one query."""
    limit, access = query(LIMIT), query(ACCESS)
    rows = await access_async.read(access, Summary, ARTICLES_LIST, (limit,))
    return json(Summaries(rows, len(rows)))


@routes.get("/sync/articles/random")
def articles_random() -> Response:
    """Answer with articles drawn at random, each read by a query of its own."""
    count, access = query(COUNT), query(ACCESS)
    rows = read(access, Article, ARTICLES_GET, *((random.randint(1, ARTICLES),) for _ in range(count)))
    return json(Articles(rows, len(rows)))


@routes.get("/async/articles/random")
async def articles_random_async() -> Response:
    """Answer with articles drawn at random, each read by a query of its own."""
    count, access = query(COUNT), query(ACCESS)
    keys = ((random.randint(1, ARTICLES),) for _ in range(count))
    rows = await access_async.read(access, Article, ARTICLES_GET, *keys)
    return json(Articles(rows, len(rows)))


@routes.get("/sync/articles/<id_text>")
def articles_get(id_text: str) -> Response:
    """Answer with one article, read by its key."""
    article_id, access = checked(ARTICLE_ID, id_text), query(ACCESS)
    rows = read(access, Article, ARTICLES_GET, (article_id,))
    if not rows:
        raise no_article(article_id)
    return json(rows[0])


@routes.get("/async/articles/<id_text>")
async def articles_get_async(id_text: str) -> Response:
    """Answer with one article, read by its key."""
    article_id, access = checked(ARTICLE_ID, id_text), query(ACCESS)
    rows = await access_async.read(access, Article, ARTICLES_GET, (article_id,))
    if not rows:
        raise no_article(article_id)
    return json(rows[0])
