"""Change articles by the ORM: create one, delete one, give one its tags."""

from collections.abc import Iterator
from contextlib import contextmanager

from msgspec.structs import asdict
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.exc import StaleDataError

from backing.models import Article, Author, Tag, session, session_async
from backing.writes import whole_second
from contract.errors import CHANGED, ORDERED, TITLE_TAKEN, Refused, no_article, no_author
from contract.sent import NewArticle

WITH_TAGS = [selectinload(Article.tags)]


def create(wanted: NewArticle) -> Article:
    """Create an article, which has no tags and no likes."""
    with session(writes=True) as opened, conflicting(TITLE_TAKEN):
        if opened.get(Author, wanted.author_id) is None:
            raise no_author(wanted.author_id)
        article = Article(**asdict(wanted), likes=0, version=1, created_at=whole_second())
        opened.add(article)
        opened.commit()
        return article


async def create_async(wanted: NewArticle) -> Article:
    """Create an article, which has no tags and no likes."""
    async with session_async(writes=True) as opened:
        with conflicting(TITLE_TAKEN):
            if await opened.get(Author, wanted.author_id) is None:
                raise no_author(wanted.author_id)
            article = Article(**asdict(wanted), likes=0, version=1, created_at=whole_second())
            opened.add(article)
            await opened.commit()
            return article


def delete(article_id: int) -> None:
    """Delete an article, and what ties it to its tags."""
    with session(writes=True) as opened, conflicting(ORDERED):
        article = opened.get(Article, article_id)
        if article is None:
            raise no_article(article_id)
        opened.delete(article)
        opened.commit()


async def delete_async(article_id: int) -> None:
    """Delete an article, and what ties it to its tags."""
    async with session_async(writes=True) as opened:
        with conflicting(ORDERED):
            article = await opened.get(Article, article_id)
            if article is None:
                raise no_article(article_id)
            await opened.delete(article)
            await opened.commit()


def tag(article_id: int, names: list[str]) -> list[str]:
    """Give an article the tags of these names, and no others; return their names."""
    with session(writes=True) as opened, conflicting(CHANGED):
        article = opened.get(Article, article_id, options=WITH_TAGS)
        if article is None:
            raise no_article(article_id)
        known = {tag.name: tag for tag in opened.scalars(select(Tag).where(Tag.name.in_(names)))}
        article.tags = [known.get(name) or Tag(name=name) for name in names]
        opened.commit()
        return sorted(tag.name for tag in article.tags)


async def tag_async(article_id: int, names: list[str]) -> list[str]:
    """Give an article the tags of these names, and no others; return their names."""
    async with session_async(writes=True) as opened:
        with conflicting(CHANGED):
            article = await opened.get(Article, article_id, options=WITH_TAGS)
            if article is None:
                raise no_article(article_id)
            known = {tag.name: tag for tag in await opened.scalars(select(Tag).where(Tag.name.in_(names)))}
            article.tags = [known.get(name) or Tag(name=name) for name in names]
            await opened.commit()
            return sorted(tag.name for tag in article.tags)


@contextmanager
def conflicting(message: str) -> Iterator[None]:
    """Refuse the request where the database keeps rows from contradicting one another."""
    try:
        yield
    except IntegrityError:
        raise Refused(409, message) from None
    except StaleDataError:
        # DIFFERS: SQLAlchemy minds when a row that it deletes is gone already.
        raise Refused(409, CHANGED) from None
