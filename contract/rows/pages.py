"""Endpoints that show pages, what a request looks like from inside, and who was here."""

from contract.endpoint import Endpoint
from contract.parameters import FileName, Integer, LocalPath
from contract.rows.articles import ARTICLE_ID, LIMIT

FILE = FileName("file", None)
FEATURED = Integer("id", 1, ARTICLE_ID.low, ARTICLE_ID.high)
REDIRECT = LocalPath("redirect", "")
# How many titles `page` lists.
NEWEST = 5

ROWS: tuple[Endpoint, ...] = (
    Endpoint(
        "pages_articles",
        "GET",
        "pages/articles",
        "pages",
        "Show the newest articles on a page.",
        (LIMIT,),
        own_section=True,
    ),
    Endpoint(
        "page",
        "GET",
        "page",
        "pages",
        "Show a page as real sites have it: who is logged in, an article, the newest titles.",
        (FEATURED,),
        own_section=True,
    ),
    Endpoint(
        "request_show",
        "GET",
        "request",
        "inspecting",
        "Say what the framework sees of a request.",
        (REDIRECT,),
        own_section=True,
    ),
    Endpoint(
        "request_send",
        "POST",
        "request",
        "inspecting",
        "Say what the framework sees of a request with a form and files.",
        (REDIRECT,),
        own_section=True,
    ),
    Endpoint(
        "static", "GET", "/static/{file}", "pages", "Serve a file of the site.", (FILE,), styled=False, own_section=True
    ),
    Endpoint(
        "visits", "GET", "/visits", "visits", "Count pages, visitors and addresses.", styled=False, own_section=True
    ),
)
