"""Endpoints that read articles by the framework's usual ORM, each with its author."""

from contract.endpoint import Endpoint
from contract.rows.articles import ARTICLE_ID, LIMIT

ROWS: tuple[Endpoint, ...] = (
    Endpoint("orm_list", "GET", "orm/articles", "orm", "Read the newest articles by the ORM.", (LIMIT,)),
    Endpoint("orm_get", "GET", "orm/articles/{id}", "orm", "Read one article by the ORM.", (ARTICLE_ID,)),
)
