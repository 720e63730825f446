"""A context variable that a dependency of FastAPI's sets: a plain function sets it in a thread, and it stays there."""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar

import httpx
from fastapi import Depends, FastAPI

held: ContextVar[str] = ContextVar("held", default="nobody")


def plain() -> None:
    """Set the variable in a thread of the pool, which works on a copy of the context."""
    held.set("ada")


async def coroutine() -> None:
    """Set the variable in the request's own task."""
    held.set("ada")


async def asked(dependency: Callable[[], object]) -> str:
    """Answer one request whose dependency sets the variable, and return what the view read."""
    app = FastAPI()

    @app.get("/", dependencies=[Depends(dependency)])
    async def view() -> str:
        return held.get()

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://site") as client:
        return str((await client.get("/")).json())


if __name__ == "__main__":
    print(f"def dependency: the view reads {asyncio.run(asked(plain))}")  # noqa: T201
    print(f"async def dependency: the view reads {asyncio.run(asked(coroutine))}")  # noqa: T201
