"""JSON that another site's form sends as plain text: each framework's usual way to read it, asked for an article."""

import asyncio
import json

import httpx
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import path
from fastapi import FastAPI
from flask import Flask, request
from pydantic import BaseModel

# <form method="post" enctype="text/plain"><input name='{"title": "planted", "rest": "' value='"}'></form>
BODY, KIND = b'{"title": "planted", "rest": "="}\r\n', "text/plain"


class Article(BaseModel):
    """What is created."""

    title: str


def flask(*, forced: bool) -> int:
    """Read the body by `get_json`."""
    app = Flask("flask")
    app.add_url_rule("/", view_func=lambda: request.get_json(force=forced)["title"], methods=["POST"])
    return app.test_client().post("/", data=BODY, content_type=KIND).status_code


def create(article: Article) -> str:
    """Take a model."""
    return article.title


async def fastapi() -> int:
    """Declare the body in the signature."""
    app = FastAPI()
    app.add_api_route("/", create, methods=["POST"])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://site") as client:
        return (await client.post("/", content=BODY, headers={"Content-Type": KIND})).status_code


def view(asked: HttpRequest) -> HttpResponse:
    """Read the body by `json.loads`, as Django leaves it to do."""
    return HttpResponse(json.loads(asked.body)["title"])


urlpatterns = [path("", view)]


def django() -> int:
    """Ask the view."""
    settings.configure(ROOT_URLCONF=__name__, MIDDLEWARE=[], ALLOWED_HOSTS=["*"])
    asked = RequestFactory().post("/", BODY, content_type=KIND)
    return int(WSGIHandler()(asked.environ, lambda *_: None).status_code)


if __name__ == "__main__":
    print(f"Flask, get_json: {flask(forced=False)}")  # noqa: T201
    print(f"Flask, get_json(force=True): {flask(forced=True)}")  # noqa: T201
    print(f"FastAPI, a model in the signature: {asyncio.run(fastapi())}")  # noqa: T201
    print(f"Django, json.loads: {django()}")  # noqa: T201
