"""Read articles by the framework's usual ORM, each with its author."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from msgspec import convert

from contract.bodies import ArticlesWithAuthors, ArticleWithAuthor
from contract.errors import Refused, no_article
from contract.rows.articles import ARTICLE_ID, LIMIT
from contract.unavailable import UNAVAILABLE
from django_app.answers import json
from django_app.models import Article
from django_app.parameters import checked, query

# DIFFERS: Django lists its URLs in app.py, and its queries are not awaited but iterated.


def newest(limit: int) -> list[ArticleWithAuthor]:
    """Return the newest articles, read by one query."""
    found = list(Article.objects.select_related("author").order_by("-id")[:limit])
    return convert(found, list[ArticleWithAuthor], from_attributes=True)


async def newest_async(limit: int) -> list[ArticleWithAuthor]:
    """Return the newest articles, read by one query."""
    found = [article async for article in Article.objects.select_related("author").order_by("-id")[:limit]]
    return convert(found, list[ArticleWithAuthor], from_attributes=True)


def find(article_id: int) -> ArticleWithAuthor:
    """Return an article, or refuse the request."""
    try:
        found = Article.objects.select_related("author").get(pk=article_id)
    except Article.DoesNotExist:
        raise no_article(article_id) from None
    return convert(found, ArticleWithAuthor, from_attributes=True)


async def find_async(article_id: int) -> ArticleWithAuthor:
    """Return an article, or refuse the request."""
    try:
        found = await Article.objects.select_related("author").aget(pk=article_id)
    except Article.DoesNotExist:
        raise no_article(article_id) from None
    return convert(found, ArticleWithAuthor, from_attributes=True)


def orm_list(request: HttpRequest) -> HttpResponse:
    """Answer with the newest articles and their authors."""
    rows = newest(query(request, LIMIT))
    return json(ArticlesWithAuthors(rows, len(rows)))


async def orm_list_async(request: HttpRequest) -> HttpResponse:
    """Answer with the newest articles and their authors."""
    _require_async("orm_list")
    rows = await newest_async(query(request, LIMIT))
    return json(ArticlesWithAuthors(rows, len(rows)))


def orm_get(_: HttpRequest, id_text: str) -> HttpResponse:
    """Answer with one article and its author."""
    return json(find(checked(ARTICLE_ID, id_text)))


async def orm_get_async(_: HttpRequest, id_text: str) -> HttpResponse:
    """Answer with one article and its author."""
    _require_async("orm_get")
    return json(await find_async(checked(ARTICLE_ID, id_text)))


def _require_async(endpoint: str) -> None:
    if not hasattr(QuerySet, "aget"):
        raise Refused(501, UNAVAILABLE["django", "vintage", "async", endpoint])
