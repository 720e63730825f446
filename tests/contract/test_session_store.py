"""A store that does not answer is not the end of the site: who needs a session is told to come again."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from starlette.responses import Response

import django_app.stores
from backing import valkey_client
from backing.services import Services
from backing.settings import settings
from backing.valkey import valkey
from contract.conformance.client import client
from contract.conformance.cookies import set_cookies
from contract.conformance.visitor import Visitor
from contract.sessions import COOKIE
from fastapi_app.stores import Session, opened, saved
from flask_app import stores
from loadtests.servers import LANES, Server, served
from loadtests.servers.stacks import ROOT
from tests.contract.sites import SITES, is_nobody, keeping, somebody
from tests.waiting import eventually


@dataclass
class Store:
    """A Valkey of the test's own, that it can stop and start again at the same place."""

    folder: Path
    running: ExitStack

    def start(self) -> str:
        """Start it; return its URL."""
        return self.running.enter_context(valkey(self.folder, log=self.folder / "valkey.log")).url

    def stop(self) -> None:
        """Stop it; what it held is gone."""
        self.running.close()


@pytest.fixture
def store(run_folder: Path) -> Iterator[Store]:
    folder = run_folder / "store"
    folder.mkdir()
    with ExitStack() as running:
        yield Store(folder, running)


@pytest.fixture
def here_in_valkey(private_services: Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the apps' parts that run in the test's own process keep sessions in a Valkey."""
    monkeypatch.setenv("TRILANE_VALKEY_URL", private_services.valkey_url)
    monkeypatch.setenv("TRILANE_SESSION_STORE", "valkey")
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_a_store_that_is_gone_is_503_for_sessions_and_nothing_to_the_rest(
    private_services: Services, run_folder: Path, store: Store
) -> None:
    own = keeping(replace(private_services, valkey_url=store.start()), "valkey")
    lanes = [LANES[name] for name in SITES]
    with served(lanes, services=own, folder=run_folder, workers=1) as servers, ExitStack() as block:
        visitors = [somebody(server, block.enter_context(client(server.base_url)), "valkey") for server in servers]
        store.stop()
        for server, visitor in zip(servers, visitors, strict=True):
            assert_refused_where_a_session_is_needed(server, visitor)
        store.start()
        for server, visitor in zip(servers, visitors, strict=True):
            # The sessions went with the store, so nobody is known; all are served.
            assert eventually(partial(is_nobody, server, visitor)), server.lane.name
            assert somebody(server, visitor.client, "valkey").cookies


def assert_refused_where_a_session_is_needed(server: Server, visitor: Visitor) -> None:
    style, stranger = server.lane.styles[0], Visitor(visitor.client)
    asked = {
        "a session that is read": visitor.get(f"/{style}/session/me"),
        "a session that begins": stranger.get(f"/{style}/forms/login"),
        "a session that ends": visitor.ask("POST", f"/{style}/session/logout"),
        "a message that is left": stranger.ask("POST", f"/{style}/flash"),
    }
    for what, answer in asked.items():
        assert (answer.status, answer.header("retry-after")) == (503, "1"), (server.lane.name, what, answer.body)
        assert COOKIE not in set_cookies(answer), (server.lane.name, what)
        assert answer.header("x-request-id") == answer.request_id, (server.lane.name, what)
    assert visitor.get(f"/{style}/hello").status == 200, server.lane.name


@pytest.mark.usefixtures("here_in_valkey")
def test_a_session_that_is_logged_out_of_meanwhile_is_not_begun_again_in_fastapi() -> None:
    answer, left = asyncio.run(written_after_logging_out())
    assert "set-cookie" not in answer.headers
    assert left == {}


async def written_after_logging_out() -> tuple[Response, dict[str, str]]:
    """Write to a session that another request has ended since it was opened; return the answer, and what is kept."""
    begun = Session({"name": "curry-30"})
    begun["csrf"] = "token"
    await saved(begun, Response())
    late, out = await opened(begun.key), await opened(begun.key)
    assert late.held == begun.held
    out.clear()
    await saved(out, Response())
    late["flashes"] = []
    answer, left = await saved(late, Response()), (await opened(begun.key)).held
    await valkey_client.close_async()
    return answer, left


@pytest.mark.usefixtures("here_in_valkey")
def test_whoever_has_just_logged_in_stays_so_when_an_earlier_request_comes_late_in_fastapi() -> None:
    answer, held = asyncio.run(written_after_logging_in())
    assert "set-cookie" not in answer.headers
    assert held == {"name": "curry-30"}


async def written_after_logging_in() -> tuple[Response, dict[str, str]]:
    """Write to a session from before a login; return the answer, and what the session of the login holds."""
    begun = Session()
    begun["csrf"] = "token"
    await saved(begun, Response())
    late, known = await opened(begun.key), await opened(begun.key)
    known.regenerate()
    known.update(name="curry-30")
    del known["csrf"]
    await saved(known, Response())
    late["flashes"] = []
    answer, held = await saved(late, Response()), (await opened(known.key)).held
    await valkey_client.close_async()
    return answer, held


@pytest.mark.usefixtures("here_in_valkey")
def test_a_session_that_is_logged_out_of_meanwhile_is_written_again_by_flask_session() -> None:
    app = Flask("late")
    stores.install(app)
    store: Any = app.session_interface
    with app.test_request_context() as context:
        begun = store.open_session(app, context.request)
        begun["name"] = "curry-30"
        store.save_session(app, begun, app.response_class())
    with app.test_request_context(headers={"Cookie": f"{COOKIE}={begun.sid}"}) as context:
        late, out = (store.open_session(app, context.request) for _ in range(2))
        out.clear()
        store.save_session(app, out, app.response_class())
        assert dict(store.open_session(app, context.request)) == {}
        late["flashes"] = []
        store.save_session(app, late, app.response_class())
        assert store.open_session(app, context.request)["name"] == "curry-30"


LATE_IN_DJANGO = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "django_app.settings"
import django
django.setup()
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.test import RequestFactory
from django_app.stores import SessionStore, opened, saved
begun = SessionStore()
begun["name"] = "curry-30"
begun.save()
request = RequestFactory().get("/", HTTP_COOKIE=f"session={begun.session_key}")
opened(request)
SessionStore(begun.session_key).flush()
request.session["late"] = True
try:
    saved(request, HttpResponse())
except BadRequest as error:
    print(type(error).__name__, SessionStore(begun.session_key).exists(begun.session_key))
"""


def test_a_request_is_malformed_in_django_whose_session_is_logged_out_of_meanwhile(private_services: Services) -> None:
    environment = {
        "PYTHONPATH": str(ROOT),
        "TRILANE_DATABASE_URL": private_services.database_url,
        "TRILANE_VALKEY_URL": private_services.valkey_url,
        "TRILANE_SESSION_STORE": "valkey",
    }
    done = subprocess.run(
        [sys.executable, "-c", LATE_IN_DJANGO],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.split() == ["SessionInterrupted", "False"], done.stderr


@pytest.mark.parametrize(("changed", "threads"), [(False, 1), (True, 2)])
def test_a_coroutine_of_django_goes_to_a_thread_to_write_only_what_was_changed(
    monkeypatch: pytest.MonkeyPatch, *, changed: bool, threads: int
) -> None:
    done = []

    async def aside(work: Callable[..., Any], *arguments: Any) -> Any:
        done.append(work)
        return work(*arguments)

    async def view(request: SimpleNamespace) -> str:
        request.session.modified = changed
        return "answer"

    monkeypatch.setattr(django_app.stores, "aside", aside)
    monkeypatch.setattr(django_app.stores, "opened", lambda request: setattr(request, "session", SimpleNamespace()))
    monkeypatch.setattr(django_app.stores, "saved", lambda _, response: response)
    assert asyncio.run(django_app.stores.with_session(view)(SimpleNamespace())) == "answer"
    assert len(done) == threads
