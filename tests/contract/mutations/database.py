"""Mutations of the ways to reach the database, and of the ORM."""

from contract.conformance.objects import objects
from contract.conformance.sessions import sessions
from contract.conformance.suite import right_answers
from tests.contract.mutation import Mutation

DATABASE = (
    Mutation(
        "a locked connection that is opened each time", "flask-thread", "backing/ways.py",
        (("if not self._held or not driver().is_open(self._held[0]):", "if True:"),),
        sessions, "sync articles_list access=locked",
    ),
    Mutation(
        "a shared connection that is opened each time, on the loop", "fastapi-coroutine", "backing/ways_async.py",
        (("if not self._held or driver().is_closed(self._held[0]):", "if True:"),),
        sessions, "async articles_get access=shared",
    ),
    Mutation(
        "the oldest articles in place of the newest, by the ORM", "django-thread", "django_app/orm.py",
        (('order_by("-id")', 'order_by("id")'),), right_answers, "sync orm_list",
    ),
    Mutation(
        "an article of the ORM without its own author", "fastapi-thread", "fastapi_app/orm.py",
        (("return convert(found, ArticleWithAuthor, from_attributes=True)",
          "found.author.name = 'somebody'\n        return convert(found, ArticleWithAuthor, from_attributes=True)"),),
        right_answers, "sync orm_get",
    ),
    Mutation(
        "another article that is not found", "flask-thread", "flask_app/orm.py",
        (("raise no_article(article_id)", "raise no_article(1)"),), objects, "sync orm_get has no article 10001",
    ),
)  # fmt: skip
