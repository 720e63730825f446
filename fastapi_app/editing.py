"""Create, delete and tag articles."""

from msgspec import convert
from starlette.responses import Response

from contract import bodies
from contract.bodies import Tagged
from contract.sent import NewArticle, NewTags
from fastapi_app import changes
from fastapi_app.answers import json, nothing
from fastapi_app.parameters import ArticleId, SentBody, body
from fastapi_app.routing import router

routes = router()


@routes.post("/sync/articles")
def articles_create(sent: SentBody) -> Response:
    """Create an article."""
    article = changes.create(body(sent, NewArticle))
    return json(convert(article, bodies.Article, from_attributes=True), 201)


@routes.post("/async/articles")
async def articles_create_async(sent: SentBody) -> Response:
    """Create an article."""
    article = await changes.create_async(body(sent, NewArticle))
    return json(convert(article, bodies.Article, from_attributes=True), 201)


@routes.delete("/sync/articles/{article_id:article}")
def articles_delete(article_id: ArticleId) -> Response:
    """Delete an article."""
    changes.delete(article_id)
    return nothing()


@routes.delete("/async/articles/{article_id:article}")
async def articles_delete_async(article_id: ArticleId) -> Response:
    """Delete an article."""
    await changes.delete_async(article_id)
    return nothing()


@routes.put("/sync/articles/{article_id}/tags")
def articles_tag(article_id: ArticleId, sent: SentBody) -> Response:
    """Give an article the tags that it is to have."""
    names = sorted(set(body(sent, NewTags).tags))
    return json(Tagged(article_id, changes.tag(article_id, names)))


@routes.put("/async/articles/{article_id}/tags")
async def articles_tag_async(article_id: ArticleId, sent: SentBody) -> Response:
    """Give an article the tags that it is to have."""
    names = sorted(set(body(sent, NewTags).tags))
    return json(Tagged(article_id, await changes.tag_async(article_id, names)))
