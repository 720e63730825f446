"""The tables as SQLAlchemy declares them; `contract.queries` has them in SQL, and Django has models of its own."""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from backing.engines import engine_of_process, session, session_async

__all__ = ["Article", "Author", "Order", "Tag", "article_tag", "create_all", "drop_all", "session", "session_async"]

# Text is equal where its bytes are, on both engines.
_OPTIONS = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}


class Base(DeclarativeBase):
    """What all models have in common."""


article_tag = Table(
    "article_tag",
    Base.metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("article_id", Integer, ForeignKey("article.id", ondelete="CASCADE"), nullable=False),
    Column("tag_id", Integer, ForeignKey("tag.id", ondelete="CASCADE"), nullable=False),
    UniqueConstraint("article_id", "tag_id", name="article_tag_pair"),
    mysql_engine=_OPTIONS["mysql_engine"],
    mysql_charset=_OPTIONS["mysql_charset"],
    mysql_collate=_OPTIONS["mysql_collate"],
)


class Author(Base):
    """Who writes articles."""

    __tablename__ = "author"
    __table_args__ = _OPTIONS

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str] = mapped_column(String(120), unique=True)
    articles: Mapped[list["Article"]] = relationship(back_populates="author", lazy="raise")


class Article(Base):
    """An article: of one author, with any number of tags."""

    __tablename__ = "article"
    __table_args__ = (
        UniqueConstraint("author_id", "title", name="article_author_title"),
        Index("article_author_created", "author_id", "created_at"),
        _OPTIONS,
    )
    # What somebody else has deleted meanwhile is deleted.
    __mapper_args__ = {"confirm_deleted_rows": False}  # noqa: RUF012 - declared by SQLAlchemy, not as a class variable

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    summary: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
    likes: Mapped[int] = mapped_column(server_default=text("0"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    # What is read has to be asked for: coroutines could not read it by the way.
    author: Mapped[Author] = relationship(back_populates="articles", lazy="raise")
    # The table lets what ties an article to its tags go with it.
    tags: Mapped[list["Tag"]] = relationship(
        secondary=article_tag, back_populates="articles", lazy="raise", passive_deletes=True
    )


class Tag(Base):
    """A word that articles share."""

    __tablename__ = "tag"
    __table_args__ = _OPTIONS

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    articles: Mapped[list[Article]] = relationship(secondary=article_tag, back_populates="tags", lazy="raise")


class Order(Base):
    """An order of an article, taken once for each key."""

    __tablename__ = "order"
    __table_args__ = (CheckConstraint("quantity > 0", name="order_quantity_check"), _OPTIONS)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(String(64), unique=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"))
    quantity: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


def create_all() -> None:
    """Create the tables where they are missing."""
    Base.metadata.create_all(engine_of_process(writes=True))


def drop_all() -> None:
    """Drop the tables, and all rows with them."""
    Base.metadata.drop_all(engine_of_process(writes=True))
