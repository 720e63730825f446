"""Forms that no browser sends, and anybody can: what each framework makes of them by itself."""

import asyncio
import json
import logging
from typing import Any

import httpx
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import path
from fastapi import FastAPI, Request
from flask import Flask, request

PARTS, FIELDS = "multipart/form-data; boundary=b", "application/x-www-form-urlencoded"
SENT: dict[str, tuple[str, bytes]] = {
    "parts that are cut off": (PARTS, b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b'),
    "a part without a name": (PARTS, b"--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b--\r\n"),
    "parts in cp037": (
        f"{PARTS}; charset=cp037",
        b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xf1\r\n--b--\r\n',
    ),
    "1 001 fields": (FIELDS, b"&".join(b"a%d=1" % number for number in range(1001))),
    "1 001 parts": (
        PARTS,
        b"".join(b'--b\r\nContent-Disposition: form-data; name="a%d"\r\n\r\n1\r\n' % number for number in range(1001))
        + b"--b--\r\n",
    ),
}


def told(status: int, body: str) -> str:
    """Return what came of a form: what of it was read, or the status that refused it."""
    if status != httpx.codes.OK:
        return str(status)
    fields = json.loads(body)
    return f"{len(fields)} fields" if len(fields) > 1 else str(fields)


def flask(kind: str, body: bytes) -> str:
    """Ask Flask."""
    app = Flask("site")
    app.add_url_rule("/", view_func=lambda: json.dumps(request.form.to_dict()), methods=["POST"])
    answer = app.test_client().post("/", data=body, content_type=kind)
    return told(answer.status_code, answer.text)


async def asked(app: FastAPI, kind: str, body: bytes) -> httpx.Response:
    """Send FastAPI a form."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://site") as client:
        return await client.post("/", content=body, headers={"Content-Type": kind})


def fastapi(kind: str, body: bytes) -> str:
    """Ask FastAPI."""
    app = FastAPI()

    @app.post("/")
    async def show(request: Request) -> dict[str, Any]:
        return dict(await request.form())

    answer = asyncio.run(asked(app, kind, body))
    return told(answer.status_code, answer.text)


def show(request: HttpRequest) -> HttpResponse:
    """Show what Django has read."""
    return HttpResponse(json.dumps(request.POST.dict()))


urlpatterns = [path("", show)]


def django(kind: str, body: bytes) -> str:
    """Ask Django."""
    statuses: list[str] = []
    environ = RequestFactory().generic("POST", "/", body, content_type=kind).environ
    answer = WSGIHandler()(environ, lambda status, _: statuses.append(status))
    return told(int(statuses[0][:3]), b"".join(answer).decode())


def main() -> None:
    """Print what each makes of what is sent."""
    logging.disable()
    settings.configure(ROOT_URLCONF=__name__, MIDDLEWARE=[], ALLOWED_HOSTS=["*"])
    print(f"{'':<24}{'Flask':<15}{'FastAPI':<15}Django")  # noqa: T201
    for what, (kind, body) in SENT.items():
        print(f"{what:<24}{''.join(f'{judge(kind, body):<15}' for judge in (flask, fastapi, django)).rstrip()}")  # noqa: T201


if __name__ == "__main__":
    main()
