"""Endpoints that read articles by SQL."""

from contract.endpoint import Endpoint
from contract.parameters import Choice, Integer

LIMIT = Integer("limit", 20, 1, 100)
COUNT = Integer("count", 20, 1, 50)
ARTICLE_ID = Integer("id", None, 1, 2_147_483_647)
ACCESS = Choice("access", "pooled", ("per-request", "shared", "locked", "per-thread", "pooled"))

ROWS: tuple[Endpoint, ...] = (
    Endpoint("articles_list", "GET", "articles", "articles", "Read the newest articles in one query.", (LIMIT, ACCESS)),
    Endpoint(
        "articles_random",
        "GET",
        "articles/random",
        "articles",
        "Read articles in one query each.",
        (COUNT, ACCESS),
    ),
    Endpoint("articles_get", "GET", "articles/{id}", "articles", "Read one article by its key.", (ARTICLE_ID, ACCESS)),
)
