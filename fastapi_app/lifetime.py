"""What runs once in a process: before its first request, and after its last."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI

from backing import access, access_async, engines, valkey_client
from backing.settings import settings
from fastapi_app import upstream


@asynccontextmanager
async def start_up(_: FastAPI) -> AsyncIterator[None]:
    """Read the environment, and see to it that what stays open between requests is closed at the end."""
    current_default_thread_limiter().total_tokens = settings().threads
    upstream.open_client()
    upstream.open_client_async()
    yield
    upstream.close_client()
    await upstream.close_client_async()
    await access_async.close()
    await engines.close_async()
    await valkey_client.close_async()
    valkey_client.close()
    access.close()
    engines.close()
