"""Count likes, under one of three locks or none."""

from django.http import HttpRequest, HttpResponse

from backing import writes, writes_async
from contract.bodies import Liked
from contract.rows.articles import ARTICLE_ID
from contract.rows.writing import LOCK
from django_app.answers import json
from django_app.parameters import checked, query

# DIFFERS: Django lists its URLs in app.py.


def articles_like(request: HttpRequest, id_text: str) -> HttpResponse:
    """Add one to an article's likes under the lock that the caller names."""
    article_id, lock = checked(ARTICLE_ID, id_text), query(request, LOCK)
    return json(Liked(article_id, writes.like(article_id, lock)))


async def articles_like_async(request: HttpRequest, id_text: str) -> HttpResponse:
    """Add one to an article's likes under the lock that the caller names."""
    article_id, lock = checked(ARTICLE_ID, id_text), query(request, LOCK)
    return json(Liked(article_id, await writes_async.like(article_id, lock)))
