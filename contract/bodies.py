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


class Waited(msgspec.Struct, frozen=True):
    """The answer of `wait`."""

    ms: int


class Checksum(msgspec.Struct, frozen=True):
    """The answer of `cpu/python` and `cpu/native`: 64 hexadecimal digits."""

    checksum: str


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
