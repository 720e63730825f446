"""Create, delete and tag articles."""

from flask import Blueprint, Response
from msgspec import convert

from backing.background import on_background_loop
from contract import bodies
from contract.bodies import Tagged
from contract.rows.articles import ARTICLE_ID
from contract.sent import NewArticle, NewTags
from flask_app import changes
from flask_app.answers import json, nothing
from flask_app.parameters import body, checked

routes = Blueprint("editing", __name__)

# DIFFERS: the connections of coroutines live on the background loop, so what they do is done there.


@routes.post("/sync/articles")
def articles_create() -> Response:
    """Create an article."""
    article = changes.create(body(NewArticle))
    return json(convert(article, bodies.Article, from_attributes=True), 201)


@routes.post("/async/articles")
async def articles_create_async() -> Response:
    """Create an article."""
    article = await on_background_loop(changes.create_async(body(NewArticle)))
    return json(convert(article, bodies.Article, from_attributes=True), 201)


@routes.delete("/sync/articles/<article:id_text>")
def articles_delete(id_text: str) -> Response:
    """Delete an article."""
    changes.delete(checked(ARTICLE_ID, id_text))
    return nothing()


@routes.delete("/async/articles/<article:id_text>")
async def articles_delete_async(id_text: str) -> Response:
    """Delete an article."""
    await on_background_loop(changes.delete_async(checked(ARTICLE_ID, id_text)))
    return nothing()


@routes.put("/sync/articles/<id_text>/tags")
def articles_tag(id_text: str) -> Response:
    """Give an article the tags that it is to have."""
    article_id, names = checked(ARTICLE_ID, id_text), sorted(set(body(NewTags).tags))
    return json(Tagged(article_id, changes.tag(article_id, names)))


@routes.put("/async/articles/<id_text>/tags")
async def articles_tag_async(id_text: str) -> Response:
    """Give an article the tags that it is to have."""
    article_id, names = checked(ARTICLE_ID, id_text), sorted(set(body(NewTags).tags))
    return json(Tagged(article_id, await on_background_loop(changes.tag_async(article_id, names))))
