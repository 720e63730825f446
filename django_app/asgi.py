"""What an ASGI server loads."""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import django
from django.core.handlers.asgi import ASGIHandler
from django.db import connections

from backing.outermost import Asgi
from backing.watch import Watch
from django_app.lifetime import start_up
from django_app.limits import Message, Receive, bounded
from django_app.requests import OverAsgi
from django_app.watching import unwatch, watch


class Handler(ASGIHandler):
    """Django's own, which would read a body of any size."""

    request_class = OverAsgi

    def __call__(
        self, scope: MutableMapping[str, Any], receive: Receive, send: Callable[[Message], Awaitable[None]]
    ) -> Awaitable[None]:
        """Answer one request, whose body is as large as the contract allows."""
        return super().__call__(scope, bounded(scope, receive), send)


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "django_app.settings")
django.setup(set_prefix=False)
# A thread ends with its request here, and would leave behind the connection that it keeps.
connections["default"].settings_dict["CONN_MAX_AGE"] = 0
# DIFFERS: Django knows no lifespan; the wrapper speaks that protocol for it.
application = Asgi(Handler(), Watch(watch, unwatch), start_up)
