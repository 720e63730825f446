"""The bodies that the apps answer with, in the order of their keys, and the one serialiser that makes their bytes.

The frameworks' own JSON differs in spaces, escapes, key order and a final newline; what is compared here is how they
carry a request, so they all send `encode(body)`.
"""

from datetime import datetime

import msgspec

encode = msgspec.json.Encoder().encode


class Hello(msgspec.Struct, frozen=True):
    """The answer of `hello`."""

    message: str = "hello"


class Sum(msgspec.Struct, frozen=True):
    """The answer of `context/add`."""

    sum: int
    name: str | None


class Name(msgspec.Struct, frozen=True):
    """The answer of `context/home`."""

    name: str | None


class Echo(msgspec.Struct, frozen=True):
    """The answer of `context/echo`: what was read back in each place, `None` where nothing survived."""

    token: str
    view: str | None
    helper: str | None
    receiver: str | None
    thread: str | None


class Receipts(msgspec.Struct, frozen=True):
    """The answer of `signals`: how many receivers there were, and the sum of the numbers that they returned."""

    receivers: int
    total: int


class Author(msgspec.Struct, frozen=True):
    """One row of `author`."""

    id: int
    name: str
    email: str


class Summary(msgspec.Struct, frozen=True):
    """One row of a list of articles: everything but the body."""

    id: int
    title: str
    author_id: int
    summary: str
    likes: int
    version: int
    created_at: datetime


class Article(msgspec.Struct, frozen=True):
    """One row of `article`; `created_at` is in UTC and in whole seconds."""

    id: int
    title: str
    author_id: int
    summary: str
    body: str
    likes: int
    version: int
    created_at: datetime


class Summaries(msgspec.Struct, frozen=True):
    """The answer of `articles`."""

    articles: list[Summary]
    count: int


class Articles(msgspec.Struct, frozen=True):
    """The answer of `articles/random`."""

    articles: list[Article]
    count: int


class ArticleWithAuthor(Article, frozen=True):
    """One row of `article` with that of its author."""

    author: Author


class ArticlesWithAuthors(msgspec.Struct, frozen=True):
    """The answer of `orm/articles`."""

    articles: list[ArticleWithAuthor]
    count: int


class Waited(msgspec.Struct, frozen=True):
    """The answer of `wait`."""

    ms: int


class Upstream(msgspec.Struct, frozen=True):
    """The answer of `upstream`: how many calls there were, and with which status each was answered."""

    calls: int
    statuses: list[int]


class Checksum(msgspec.Struct, frozen=True):
    """The answer of `cpu/python` and `cpu/native`: 64 hexadecimal digits."""

    checksum: str


class Tagged(msgspec.Struct, frozen=True):
    """The answer of `articles/{id}/tags`: the article's tags in the order of the alphabet."""

    id: int
    tags: list[str]


class Order(msgspec.Struct, frozen=True):
    """The answer of `orders`, the same for every request with the same key; `created_at` as that of an article."""

    id: int
    article_id: int
    quantity: int
    created_at: datetime


class Liked(msgspec.Struct, frozen=True):
    """The answer of `articles/{id}/like`: the article's likes with this one."""

    id: int
    likes: int


class File(msgspec.Struct, frozen=True):
    """One uploaded file: the field and the name that it came with, its size, and the SHA-256 of what it holds."""

    field: str
    name: str
    bytes: int
    sha256: str


class Seen(msgspec.Struct, frozen=True):
    """The answer of `request`: what a handler sees of the request; `values` are the arguments and the form together."""

    method: str
    path: str
    full_path: str
    url: str
    base_url: str
    host: str
    arguments: dict[str, list[str]]
    form: dict[str, list[str]]
    values: dict[str, list[str]]
    cookies: dict[str, str]
    headers: dict[str, str | None]
    files: list[File]


class Visits(msgspec.Struct, frozen=True):
    """The answer of `/visits`: pages, different visitors, different addresses, and how often a login page was shown."""

    pv: int
    uv: int
    ips: int
    login_renders: int


class Me(msgspec.Struct, frozen=True):
    """The answer of `session/…`: who is logged in now, None for nobody."""

    name: str | None


class Flash(msgspec.Struct, frozen=True):
    """One message that was left for a later request."""

    category: str
    message: str


class Flashed(msgspec.Struct, frozen=True):
    """The answer of `flash`: what was left, or what was found, in the order in which it was left."""

    messages: list[Flash]


class Health(msgspec.Struct, frozen=True):
    """The answer of `/health`: 200 when nothing is missing."""

    status: str = "ok"


class Journal(msgspec.Struct, frozen=True):
    """The answer of `/journal/{request_id}`: what ran, in order."""

    request_id: str
    entries: list[str]


class Problem(msgspec.Struct, frozen=True):
    """What went wrong: `code` is for programs, `message` for people."""

    code: str
    message: str
    request_id: str


class Error(msgspec.Struct, frozen=True):
    """The answer with any status from 400 up."""

    error: Problem
