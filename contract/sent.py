"""The JSON bodies that requests carry, and the rules that their fields keep: one sentence for each, in all apps.

`read` judges field by field in the order of the struct, so that all apps name the same rule first. Fields that a body
has beyond those are ignored.
"""

from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

LARGEST_ID = 2_147_483_647
TAGS = 10
# Text of one line: what a control character does to a title is nobody's wish, and PostgreSQL refuses NUL.
# `$` alone would allow a line break at the end.
_LINE = "^[^\\x00-\\x1f\\x7f]*$(?!\\n)"

Id = Annotated[int, Meta(ge=1, le=LARGEST_ID)]
Tag = Annotated[str, Meta(pattern="^[a-z0-9-]{1,40}$(?!\\n)", max_length=40)]
Sent = TypeVar("Sent", bound=msgspec.Struct)


class NewArticle(msgspec.Struct, frozen=True):
    """What `POST articles` takes."""

    title: Annotated[str, Meta(min_length=1, max_length=200, pattern=_LINE)]
    author_id: Id
    summary: Annotated[str, Meta(max_length=300, pattern=_LINE)]
    body: Annotated[str, Meta(max_length=10_000, pattern="^[^\\x00]*$")]


class NewTags(msgspec.Struct, frozen=True):
    """What `PUT articles/{id}/tags` takes: all tags that the article is to have."""

    tags: Annotated[list[Tag], Meta(max_length=TAGS)]


class NewOrder(msgspec.Struct, frozen=True):
    """What `POST orders` takes."""

    article_id: Id
    quantity: Annotated[int, Meta(ge=1, le=1_000)]


OBJECT = "the body must be a JSON object"
RULES = {
    "title": "title must be 1 to 200 characters without control characters",
    "author_id": f"author_id must be a whole number from 1 to {LARGEST_ID}",
    "summary": "summary must be at most 300 characters without control characters",
    "body": "body must be at most 10000 characters, none of them NUL",
    "tags": f"tags must be a list of at most {TAGS} words of 1 to 40 lower-case ASCII letters, digits and hyphens",
    "article_id": f"article_id must be a whole number from 1 to {LARGEST_ID}",
    "quantity": "quantity must be a whole number from 1 to 1000",
}


def read(kind: type[Sent], body: bytes) -> Sent:
    """Return what a JSON body says; raise `ValueError` with the first rule that it breaks."""
    try:
        values = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ValueError(OBJECT) from None
    if not isinstance(values, dict):
        # The caller of an app does not ask which exception it was.
        raise ValueError(OBJECT)  # noqa: TRY004
    return kind(**{field.name: _field(field, values) for field in msgspec.structs.fields(kind)})


def _field(field: msgspec.structs.FieldInfo, values: dict[str, object]) -> object:
    try:
        return msgspec.convert(values[field.encode_name], field.type)
    except (KeyError, msgspec.ValidationError):
        raise ValueError(RULES[field.name]) from None
