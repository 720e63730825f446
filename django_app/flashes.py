"""Messages for the next request: left in the session, read once, then gone."""

from django.contrib.messages import INFO
from django.contrib.messages.storage.session import SessionStorage
from django.http import HttpRequest, HttpResponse

from contract.bodies import Flash, Flashed
from contract.rows.people import CATEGORY, SHOWN
from contract.sessions import message_of
from django_app.answers import json
from django_app.parameters import query

# DIFFERS: Django lists its URLs in app.py.


def leave(request: HttpRequest, category: str) -> Flashed:
    """Leave a message of this category, and return it."""
    message = message_of(category)
    # Without Django's middleware, which all requests would pass, the messages are put back by hand.
    messages = SessionStorage(request)
    messages.add(INFO, message, extra_tags=category)
    messages.update(None)
    return Flashed([Flash(category, message)])


def taken(request: HttpRequest, shown: str) -> Flashed:
    """Return the messages of a category, or all; those of the others are gone as well."""
    messages = SessionStorage(request)
    found = [(each.extra_tags, each.message) for each in messages]
    messages.update(None)
    return Flashed([Flash(category, message) for category, message in found if shown in {category, "all"}])


def flash_leave(request: HttpRequest) -> HttpResponse:
    """Leave a message for the next request."""
    return json(leave(request, query(request, CATEGORY)))


async def flash_leave_async(request: HttpRequest) -> HttpResponse:
    """Leave a message for the next request."""
    return json(leave(request, query(request, CATEGORY)))


def flash_read(request: HttpRequest) -> HttpResponse:
    """Read the messages that were left, and leave none."""
    return json(taken(request, query(request, SHOWN)))


async def flash_read_async(request: HttpRequest) -> HttpResponse:
    """Read the messages that were left, and leave none."""
    return json(taken(request, query(request, SHOWN)))
