"""Count likes, under one of three locks or none."""

from starlette.responses import Response

from backing import writes, writes_async
from contract.bodies import Liked
from contract.rows.writing import LOCK
from fastapi_app.answers import json
from fastapi_app.parameters import ArticleId, Lock
from fastapi_app.routing import router

routes = router()


@routes.post("/sync/articles/{article_id}/like")
def articles_like(article_id: ArticleId, lock: Lock = LOCK.default) -> Response:
    """Add one to an article's likes under the lock that the caller names."""
    return json(Liked(article_id, writes.like(article_id, lock)))


@routes.post("/async/articles/{article_id}/like")
async def articles_like_async(article_id: ArticleId, lock: Lock = LOCK.default) -> Response:
    """Add one to an article's likes under the lock that the caller names."""
    return json(Liked(article_id, await writes_async.like(article_id, lock)))
