"""Sessions in Valkey keep the contract as those in cookies do, and workers share them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from valkey import Valkey

from backing.services import Services
from contract.conformance import check
from contract.conformance.admin import admin
from contract.conformance.client import client
from contract.conformance.flashes import flashes
from contract.conformance.forms import forms
from contract.conformance.journal_people import journals_of_people
from contract.conformance.orders import orders
from contract.conformance.pages import pages
from contract.conformance.people import people, token_of
from contract.conformance.tampering import tampering
from contract.conformance.visitor import FORM, Visitor
from contract.forms import CSRF_FIELD, RIGHT
from loadtests.servers import LANES, Server, served
from loadtests.servers.serving import serving
from tests.contract.sites import keeping, name_of, somebody, target
from tests.stacks import stack_or_skip

IN_VALKEY = (
    "flask-thread", "flask-async-view", "flask-greenlet", "fastapi-thread", "fastapi-coroutine",
    "django-thread", "django-coroutine", "django-asgi-sync",
)  # fmt: skip
# What has to do with a session.
SECTIONS = (people, tampering, flashes, forms, pages, orders, admin, journals_of_people)
ASKED = 40
# Flask opens a session for every request that brings its cookie, whatever the request is for.
READS_OF_HELLO = {"flask-thread": ASKED, "fastapi-coroutine": 0, "django-coroutine": 0}


@pytest.fixture(scope="module", params=["current", pytest.param("vintage", marks=pytest.mark.slow)])
def servers(
    request: pytest.FixtureRequest, private_services: Services, run_folder: Path
) -> Iterator[dict[str, Server]]:
    """Lanes of one stack whose sessions are in Valkey."""
    stack_or_skip(request.param)
    backing, lanes = keeping(private_services, "valkey"), [LANES[name] for name in IN_VALKEY]
    with served(lanes, services=backing, folder=run_folder, stack=request.param, workers=1) as started:
        yield {server.lane.name: server for server in started}


@pytest.mark.parametrize("lane", IN_VALKEY)
def test_a_lane_keeps_the_contract_with_sessions_in_valkey(servers: dict[str, Server], lane: str) -> None:
    server = servers[lane]
    known = serving(server.lane, server.stack, "valkey")
    checks = check(server.base_url, styles=server.lane.styles, sections=SECTIONS, serving=known)
    assert [f"{found.name}: {found.reason}" for found in checks if not found.passed] == []
    assert len(checks) > 100


@pytest.mark.parametrize("lane", READS_OF_HELLO)
def test_whoever_asks_for_no_session_has_none_read(
    servers: dict[str, Server], private_services: Services, lane: str
) -> None:
    server = servers[lane]
    hello = f"/{server.lane.styles[0]}/hello"
    with client(server.base_url) as own, Valkey.from_url(private_services.valkey_url) as store:
        visitor = somebody(server, own, "valkey")
        before = reads(store)
        for _ in range(ASKED):
            own.ask(hello)
        between = reads(store)
        for _ in range(ASKED):
            visitor.get(hello)
        assert (between - before, reads(store) - between) == (0, READS_OF_HELLO[lane])


def reads(store: Any) -> int:
    """Return how many keys were asked for so far."""
    return int(store.info("commandstats").get("cmdstat_get", {"calls": 0})["calls"])


def test_a_session_in_valkey_is_text_that_no_reader_can_be_made_to_run(
    servers: dict[str, Server], private_services: Services
) -> None:
    for name in ("flask-thread", "fastapi-coroutine", "django-thread"):
        with client(servers[name].base_url) as own, Valkey.from_url(private_services.valkey_url) as store:
            before = set(store.keys("*session*"))
            somebody(servers[name], own, "valkey")
            (key,) = set(store.keys("*session*")) - before
            kept = bytes(store.get(key))
            assert RIGHT["name"].encode() in kept
            assert not kept.startswith(b"\x80"), "it is a pickle"


@pytest.mark.parametrize("lane", ["flask-thread", "fastapi-coroutine", "django-thread"])
def test_only_a_newer_django_looks_at_the_origin_of_a_form(servers: dict[str, Server], lane: str) -> None:
    server = servers[lane]
    status = 403 if (server.lane.app, server.stack) == ("django", "current") else 200
    with client(server.base_url) as own:
        visitor = Visitor(own)
        sent = {**RIGHT, CSRF_FIELD: token_of(target(server, own, "valkey"), visitor)}
        headers = [FORM, ("Origin", "http://elsewhere.example")]
        path = f"/{server.lane.styles[0]}/session/login"
        assert visitor.ask("POST", path, headers, urlencode(sent).encode()).status == status


@pytest.mark.parametrize("store", ["cookie", "valkey"])
def test_workers_share_sessions(private_services: Services, run_folder: Path, store: str) -> None:
    lanes = [LANES[name] for name in ("flask-process", "fastapi-process", "django-process")]
    with served(lanes, services=keeping(private_services, store), folder=run_folder, workers=2) as started:
        for server in started:
            with client(server.base_url) as own:
                visitor = somebody(server, own, store)
                # Each over a connection of its own, which either worker may accept.
                names = set()
                for _ in range(24):
                    with client(server.base_url) as other:
                        visitor.client = other
                        names.add(name_of(server, visitor))
                assert names == {RIGHT["name"]}, server.lane.name
