"""Count likes, under one of three locks or none."""

from flask import Blueprint, Response

from backing import writes, writes_async
from contract.bodies import Liked
from contract.rows.articles import ARTICLE_ID
from contract.rows.writing import LOCK
from flask_app.answers import json
from flask_app.parameters import checked, query

routes = Blueprint("likes", __name__)


@routes.post("/sync/articles/<id_text>/like")
def articles_like(id_text: str) -> Response:
    """Add one to an article's likes under the lock that the caller names."""
    article_id, lock = checked(ARTICLE_ID, id_text), query(LOCK)
    return json(Liked(article_id, writes.like(article_id, lock)))


@routes.post("/async/articles/<id_text>/like")
async def articles_like_async(id_text: str) -> Response:
    """Add one to an article's likes under the lock that the caller names."""
    article_id, lock = checked(ARTICLE_ID, id_text), query(LOCK)
    return json(Liked(article_id, await writes_async.like(article_id, lock)))
