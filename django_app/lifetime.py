"""What runs once in a process: before its first request, and after its last."""

import atexit
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from django.apps import AppConfig

from backing import access, access_async, valkey_client
from backing.background import finish
from backing.settings import settings
from django_app import upstream


class Site(AppConfig):
    """The one installed app; Django calls `ready` before the first request."""

    name = "django_app"

    def ready(self) -> None:
        """Read the environment, and see to it that what stays open between requests is closed at the end."""
        settings()
        upstream.open_client()
        upstream.open_client_async()
        # DIFFERS: WSGI does not tell an app that its process ends.
        for close in (upstream.close_client, access.close, valkey_client.close):
            atexit.register(close)
        for close_async in (upstream.close_client_async, access_async.close, valkey_client.close_async):
            atexit.register(finish, close_async)


@asynccontextmanager
async def start_up() -> AsyncIterator[None]:
    """Read the environment, and see to it that what stays open between requests is closed at the end."""
    yield
    upstream.close_client()
    await upstream.close_client_async()
    await access_async.close()
    await valkey_client.close_async()
    valkey_client.close()
