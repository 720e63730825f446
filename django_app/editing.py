"""Create, delete and tag articles."""

from django.http import HttpRequest, HttpResponse
from msgspec import convert

from contract import bodies
from contract.bodies import Tagged
from contract.rows.articles import ARTICLE_ID
from contract.sent import NewArticle, NewTags
from django_app import changes
from django_app.answers import json, nothing
from django_app.parameters import body, checked

# DIFFERS: Django lists its URLs in app.py.


def articles_create(request: HttpRequest) -> HttpResponse:
    """Create an article."""
    article = changes.create(body(request, NewArticle))
    return json(convert(article, bodies.Article, from_attributes=True), 201)


async def articles_create_async(request: HttpRequest) -> HttpResponse:
    """Create an article."""
    changes.require_async("articles_create")
    article = await changes.create_async(body(request, NewArticle))
    return json(convert(article, bodies.Article, from_attributes=True), 201)


def articles_delete(request: HttpRequest, id_text: str) -> HttpResponse:
    """Delete an article."""
    del request  # passed by Django
    changes.delete(checked(ARTICLE_ID, id_text))
    return nothing()


async def articles_delete_async(request: HttpRequest, id_text: str) -> HttpResponse:
    """Delete an article."""
    del request  # passed by Django
    changes.require_async("articles_delete")
    await changes.delete_async(checked(ARTICLE_ID, id_text))
    return nothing()


def articles_tag(request: HttpRequest, id_text: str) -> HttpResponse:
    """Give an article the tags that it is to have."""
    article_id, names = checked(ARTICLE_ID, id_text), sorted(set(body(request, NewTags).tags))
    return json(Tagged(article_id, changes.tag(article_id, names)))


async def articles_tag_async(request: HttpRequest, id_text: str) -> HttpResponse:
    """Give an article the tags that it is to have."""
    changes.require_async("articles_tag")
    article_id, names = checked(ARTICLE_ID, id_text), sorted(set(body(request, NewTags).tags))
    return json(Tagged(article_id, await changes.tag_async(article_id, names)))
