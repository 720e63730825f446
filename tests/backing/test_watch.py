import asyncio
from collections.abc import Callable
from typing import Any

import django.core.signals
import flask
import pytest
from werkzeug.test import Client

import django_app.wsgi
import fastapi_app.asgi
import fastapi_app.watching
import flask_app.wsgi
from backing.watch import Watch

TRACED = {"X-Trace": "1"}


def test_receivers_stay_connected_until_the_last_traced_exchange_has_ended() -> None:
    calls: list[str] = []
    watch = Watch(lambda: calls.append("connect"), lambda: calls.append("disconnect"))
    watch.begin()
    watch.begin()
    watch.end()
    assert calls == ["connect"]
    watch.end()
    watch.begin()
    assert calls == ["connect", "disconnect", "connect"]


def ask_wsgi(application: Any) -> None:
    with Client(application).get("/sync/hello", headers=TRACED) as answer:
        assert answer.status_code == 200


def ask_asgi() -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        assert message.get("status", 200) == 200

    path = "/async/hello"
    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "root_path": "",
             "scheme": "http", "query_string": b"", "headers": [(b"x-trace", b"1")], "http_version": "1.1"}  # fmt: skip
    asyncio.run(fastapi_app.asgi.application(scope, receive, send))


@pytest.mark.parametrize(
    ("ask", "signal"),
    [
        (lambda: ask_wsgi(flask_app.wsgi.application), flask.request_started),
        (ask_asgi, fastapi_app.watching.request_started),
        (lambda: ask_wsgi(django_app.wsgi.application), django.core.signals.request_started),
    ],
    ids=["flask", "fastapi", "django"],
)
def test_a_traced_request_leaves_no_receiver_behind_that_later_ones_would_pay_for(
    ask: Callable[[], None], signal: Any
) -> None:
    before = list(signal.receivers)
    ask()
    assert list(signal.receivers) == before
