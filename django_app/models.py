"""The tables as Django's ORM declares them; it looks for them in a module of this name.

It does not make them: `init_db` in commands.py says why.
"""

import django
from django.db import models

_CONDITION = "condition" if django.VERSION >= (5, 1) else "check"


class Author(models.Model):
    """Who writes articles."""

    name = models.CharField(max_length=80)
    email = models.CharField(max_length=120, unique=True)

    class Meta:
        """Its table."""

        db_table = "author"
        managed = False

    def __str__(self) -> str:
        return str(self.name)


class Tag(models.Model):
    """A word that articles share."""

    name = models.CharField(max_length=40, unique=True)

    class Meta:
        """Its table."""

        db_table = "tag"
        managed = False

    def __str__(self) -> str:
        return str(self.name)


class Article(models.Model):
    """An article: of one author, with any number of tags."""

    title = models.CharField(max_length=200)
    author = models.ForeignKey(Author, models.DO_NOTHING, db_index=False)
    summary = models.CharField(max_length=300)
    body = models.TextField()
    likes = models.IntegerField(default=0)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    tags = models.ManyToManyField(Tag, db_table="article_tag")

    class Meta:
        """Its table, with what goes beyond one column."""

        db_table = "article"
        managed = False
        constraints = [models.UniqueConstraint(fields=["author", "title"], name="article_author_title")]
        indexes = [models.Index(fields=["author", "created_at"], name="article_author_created")]

    def __str__(self) -> str:
        return str(self.title)


class Order(models.Model):
    """An order of an article, taken once for each key."""

    idempotency_key = models.CharField(max_length=64, unique=True)
    article = models.ForeignKey(Article, models.DO_NOTHING, db_index=False)
    quantity = models.IntegerField()
    created_at = models.DateTimeField()

    class Meta:
        """Its table, with what goes beyond one column."""

        db_table = "order"
        managed = False
        constraints = [
            models.CheckConstraint(**{_CONDITION: models.Q(quantity__gt=0)}, name="order_quantity_check"),
        ]

    def __str__(self) -> str:
        return str(self.idempotency_key)
