"""The name of an uploaded file is what the sender says: what of a path in it reaches the code that stores it."""

import asyncio

import httpx
from django.conf import settings
from django.test import RequestFactory
from fastapi import FastAPI, Request
from flask import Flask, request

NAME = "../../etc/passwd"
PARTS = httpx.Request("POST", "http://site/", files={"file": (NAME, b"text")})
BODY, TYPE = PARTS.read(), PARTS.headers["content-type"]


def flask() -> str:
    """Return the name that Flask hands on."""
    app = Flask("site")
    app.add_url_rule("/", view_func=lambda: str(request.files["file"].filename), methods=["POST"])
    return app.test_client().post("/", data=BODY, content_type=TYPE).text


async def fastapi() -> str:
    """Return the name that FastAPI hands on."""
    app = FastAPI()

    @app.post("/")
    async def name(request: Request) -> str:
        file = (await request.form())["file"]
        return "" if isinstance(file, str) else str(file.filename)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://site") as client:
        return str((await client.post("/", content=BODY, headers={"Content-Type": TYPE})).json())


def django() -> str:
    """Return the name that Django hands on."""
    settings.configure()
    sent = RequestFactory().generic("POST", "/", BODY, content_type=TYPE)
    return str(sent.FILES["file"].name)


if __name__ == "__main__":
    print(f"Flask: {flask()}\nFastAPI: {asyncio.run(fastapi())}\nDjango: {django()}")  # noqa: T201
