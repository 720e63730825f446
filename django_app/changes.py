"""Change articles by the ORM: create one, delete one, give one its tags."""

from collections.abc import Iterator
from contextlib import contextmanager

from asgiref.sync import sync_to_async
from django.db import IntegrityError
from django.db.models import QuerySet
from django.db.transaction import atomic
from msgspec.structs import asdict

from backing.writes import whole_second
from contract.errors import CHANGED, ORDERED, TITLE_TAKEN, Refused, no_article, no_author
from contract.sent import NewArticle
from contract.unavailable import UNAVAILABLE
from django_app.models import Article, Author, Tag


def create(wanted: NewArticle) -> Article:
    """Create an article, which has no tags and no likes."""
    with conflicting(TITLE_TAKEN):
        if not Author.objects.filter(pk=wanted.author_id).exists():
            raise no_author(wanted.author_id)
        return Article.objects.create(**asdict(wanted), likes=0, version=1, created_at=whole_second())


async def create_async(wanted: NewArticle) -> Article:
    """Create an article, which has no tags and no likes."""
    with conflicting(TITLE_TAKEN):
        if not await Author.objects.filter(pk=wanted.author_id).aexists():
            raise no_author(wanted.author_id)
        return await Article.objects.acreate(**asdict(wanted), likes=0, version=1, created_at=whole_second())


def delete(article_id: int) -> None:
    """Delete an article, and what ties it to its tags."""
    with conflicting(ORDERED):
        article = Article.objects.filter(pk=article_id).first()
        if article is None:
            raise no_article(article_id)
        article.delete()


async def delete_async(article_id: int) -> None:
    """Delete an article, and what ties it to its tags."""
    with conflicting(ORDERED):
        article = await Article.objects.filter(pk=article_id).afirst()
        if article is None:
            raise no_article(article_id)
        await article.adelete()


def tag(article_id: int, names: list[str]) -> list[str]:
    """Give an article the tags of these names, and no others; return their names."""
    with conflicting(CHANGED), atomic():
        article = Article.objects.filter(pk=article_id).first()
        if article is None:
            raise no_article(article_id)
        known = {tag.name: tag for tag in Tag.objects.filter(name__in=names)}
        made = Tag.objects.bulk_create([Tag(name=name) for name in names if name not in known])
        article.tags.set([*known.values(), *made])
        return sorted([*known, *(tag.name for tag in made)])


async def tag_async(article_id: int, names: list[str]) -> list[str]:
    """Give an article the tags of these names, and no others; return their names."""
    # DIFFERS: Django has no transactions for coroutines; a transaction is a plain function, run by a thread.
    return await sync_to_async(tag)(article_id, names)


@contextmanager
def conflicting(message: str) -> Iterator[None]:
    """Refuse the request where the database keeps rows from contradicting one another."""
    try:
        yield
    except IntegrityError:
        raise Refused(409, message) from None


def require_async(endpoint: str) -> None:
    """Refuse the request where this version of Django cannot be asked by coroutines."""
    if not hasattr(QuerySet, "acreate"):
        raise Refused(501, UNAVAILABLE["django", "vintage", "async", endpoint])
