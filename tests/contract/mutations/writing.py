"""Mutations of what writes: articles and tags, orders, likes."""

from contract.conformance.editing import editing
from contract.conformance.journal_people import journals_of_people
from contract.conformance.likes import likes
from contract.conformance.orders import orders
from tests.contract.mutation import Mutation

PAST = """async def _past(**values):
    return (await Article.objects.abulk_create([Article(**values)]))[0]


"""

WRITING = (
    Mutation(
        "a status that does not tell that something was made", "fastapi-coroutine", "fastapi_app/editing.py",
        (("from_attributes=True), 201)", "from_attributes=True))"),), editing, "async articles_create",
    ),
    Mutation(
        "an article that stays when it is deleted", "django-thread", "django_app/changes.py",
        (("        article.delete()\n", "        article.pk\n"),), editing, "sync articles_delete deletes",
    ),
    Mutation(
        "an article that is written past its model", "django-coroutine", "django_app/changes.py",
        (("await Article.objects.acreate(", "await _past("), ("@contextmanager\n", f"{PAST}@contextmanager\n")),
        journals_of_people, "async journal: created",
    ),
    Mutation(
        "orders from anybody", "flask-thread", "flask_app/orders.py",
        (("= [login_required]", "= []"),),
        orders, "sync orders_create asks to log in",
    ),
    Mutation(
        "an order that is always new", "fastapi-coroutine", "fastapi_app/orders.py",
        (("201 if taken else 200", "201"),), orders, "async orders_create answers the same again",
    ),
    Mutation(
        "a key that is good for several orders", "django-thread", "backing/writes.py",
        (("        raise Refused(409)\n", "        pass\n"),),
        orders, "sync orders_create takes no other quantity for a key",
    ),
    Mutation(
        "a key that is made up anew each time", "flask-thread", "flask_app/orders.py",
        (("writes.order(key,", "writes.order(__import__('secrets').token_hex(),"),),
        orders, "sync orders_create takes one of 100 orders at once",
    ),
    Mutation(
        "a version that is not looked at", "flask-thread", "contract/queries.py",
        (("AND version = %s", "AND version <> %s - 1"),), likes, "sync articles_like lock=optimistic keeps 60 likes",
    ),
    Mutation(
        "a row that is read without its lock", "fastapi-coroutine", "contract/queries.py",
        ((" FOR UPDATE", ""),), likes, "async articles_like lock=pessimistic keeps 60 likes",
    ),
    Mutation(
        "a lock that lets everybody in to a row that refuses nobody", "django-coroutine", "backing/locks_async.py",
        (("nx=True", "nx=False"),), likes, "async articles_like lock=distributed keeps 60 likes",
        also=(("backing/writes_async.py", "await _optimistic(article_id)", "await _unlocked(article_id)"),),
    ),
)  # fmt: skip
