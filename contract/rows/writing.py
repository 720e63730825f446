"""Endpoints that write: articles and their tags by the ORM, orders once for each key, likes under a lock."""

from contract.endpoint import Endpoint
from contract.parameters import Choice, Token
from contract.rows.articles import ARTICLE_ID

LOCK = Choice("lock", "optimistic", ("none", "optimistic", "pessimistic", "distributed"))
# Of a header: one that is missing or malformed is answered with 400, which is why it is no parameter of the row.
KEY = Token("Idempotency-Key", None)

ROWS: tuple[Endpoint, ...] = (
    Endpoint("articles_create", "POST", "articles", "editing", "Create an article by the ORM.", own_section=True),
    Endpoint(
        "articles_delete",
        "DELETE",
        "articles/{id}",
        "editing",
        "Delete an article by the ORM.",
        (ARTICLE_ID,),
        own_section=True,
    ),
    Endpoint(
        "articles_tag",
        "PUT",
        "articles/{id}/tags",
        "editing",
        "Give an article the tags that it is to have, by the ORM.",
        (ARTICLE_ID,),
        own_section=True,
    ),
    Endpoint("orders_create", "POST", "orders", "orders", "Take an order, once for each key.", own_section=True),
    Endpoint(
        "articles_like",
        "POST",
        "articles/{id}/like",
        "likes",
        "Add one to an article's likes under a lock.",
        (ARTICLE_ID, LOCK),
        own_section=True,
    ),
)
