"""Do nothing: the floor of framework and server."""

from django.http import HttpRequest, HttpResponse

from contract.bodies import Hello
from django_app.answers import json

# DIFFERS: Django lists its URLs in app.py.


def hello(_: HttpRequest) -> HttpResponse:
    """Greet."""
    return json(Hello())


async def hello_async(_: HttpRequest) -> HttpResponse:
    """Greet."""
    return json(Hello())
