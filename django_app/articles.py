"""Read articles from the database, by whichever access the caller asks for."""

import random

from django.http import HttpRequest, HttpResponse

from backing import access_async
from backing.access import read
from contract.bodies import Article, Articles, Summaries, Summary
from contract.errors import no_article
from contract.queries import ARTICLES, ARTICLES_GET, ARTICLES_LIST
from contract.rows.articles import ACCESS, ARTICLE_ID, COUNT, LIMIT
from django_app.answers import json
from django_app.parameters import checked, query

# DIFFERS: Django lists its URLs in app.py.


def articles_list(request: HttpRequest) -> HttpResponse:
    """Answer with the newest articles, read by one query."""
    limit, access = query(request, LIMIT), query(request, ACCESS)
    rows = read(access, Summary, ARTICLES_LIST, (limit,))
    return json(Summaries(rows, len(rows)))


async def articles_list_async(request: HttpRequest) -> HttpResponse:
    """Answer with the newest articles, read by one query."""
    limit, access = query(request, LIMIT), query(request, ACCESS)
    rows = await access_async.read(access, Summary, ARTICLES_LIST, (limit,))
    return json(Summaries(rows, len(rows)))


def articles_random(request: HttpRequest) -> HttpResponse:
    """Answer with articles drawn at random, each read by a query of its own."""
    count, access = query(request, COUNT), query(request, ACCESS)
    rows = read(access, Article, ARTICLES_GET, *((random.randint(1, ARTICLES),) for _ in range(count)))
    return json(Articles(rows, len(rows)))


async def articles_random_async(request: HttpRequest) -> HttpResponse:
    """Answer with articles drawn at random, each read by a query of its own."""
    count, access = query(request, COUNT), query(request, ACCESS)
    keys = ((random.randint(1, ARTICLES),) for _ in range(count))
    rows = await access_async.read(access, Article, ARTICLES_GET, *keys)
    return json(Articles(rows, len(rows)))


def articles_get(request: HttpRequest, id_text: str) -> HttpResponse:
    """Answer with one article, read by its key."""
    article_id, access = checked(ARTICLE_ID, id_text), query(request, ACCESS)
    rows = read(access, Article, ARTICLES_GET, (article_id,))
    if not rows:
        raise no_article(article_id)
    return json(rows[0])


async def articles_get_async(request: HttpRequest, id_text: str) -> HttpResponse:
    """Answer with one article, read by its key."""
    article_id, access = checked(ARTICLE_ID, id_text), query(request, ACCESS)
    rows = await access_async.read(access, Article, ARTICLES_GET, (article_id,))
    if not rows:
        raise no_article(article_id)
    return json(rows[0])
