"""What runs once in a process: before its first request, and after its last."""

import atexit

from backing import access, access_async, engines, valkey_client
from backing.background import finish
from backing.settings import settings
from flask_app import upstream


def start_up() -> None:
    """Read the environment, and see to it that what stays open between requests is closed at the end."""
    settings()
    upstream.open_client()
    upstream.open_client_async()
    # DIFFERS: `before_first_request` is gone, and WSGI does not tell an app that its process ends.
    for close in (upstream.close_client, access.close, engines.close, valkey_client.close):
        atexit.register(close)
    for close_async in (
        upstream.close_client_async,
        access_async.close,
        engines.close_async,
        valkey_client.close_async,
    ):
        atexit.register(finish, close_async)
