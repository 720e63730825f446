"""How long a session lasts is up to the environment, in both stores and all apps."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from email.utils import parsedate_to_datetime
from functools import partial
from http.cookies import SimpleCookie
from pathlib import Path

import pytest

from backing.services import Services
from contract.conformance.client import Answer, client
from contract.forms import RIGHT
from contract.sessions import COOKIE
from contract.settings import SESSION_STORES
from loadtests.servers import LANES, Server, served
from tests.contract.sites import SITES, is_nobody, keeping, name_of, somebody
from tests.waiting import eventually

LIFETIME_S = 3
# One lane of each app.
LANES_ASKED = SITES[:3]
SHORT = {"TRILANE_SESSION_LIFETIME_S": str(LIFETIME_S)}
UNTIL_CLOSED = {"TRILANE_SESSION_ENDS_WITH_BROWSER": "1"}
Sites = list[tuple[str, Server]]


def serve(services: Services, folder: Path, environment: dict[str, str], block: ExitStack) -> Sites:
    """Serve every site with each store; return each server with its store."""
    lanes = [LANES[name] for name in LANES_ASKED]
    return [
        (store, server)
        for store in SESSION_STORES
        for server in block.enter_context(
            served(lanes, services=keeping(services, store), folder=folder, workers=1, environment=environment)
        )
    ]


@pytest.fixture(scope="module")
def short(private_services: Services, run_folder: Path) -> Iterator[Sites]:
    with ExitStack() as block:
        yield serve(private_services, run_folder, SHORT, block)


@pytest.fixture(scope="module")
def until_closed(private_services: Services, run_folder: Path) -> Iterator[Sites]:
    with ExitStack() as block:
        yield serve(private_services, run_folder, UNTIL_CLOSED, block)


def test_a_session_ends_after_its_lifetime_however_often_it_is_read(short: Sites) -> None:
    with ExitStack() as block:
        begun = []
        for store, server in short:
            visitor = somebody(server, block.enter_context(client(server.base_url)), store)
            written_s = time.monotonic()
            name = name_of(server, visitor)
            # A machine that is busy may have let the lifetime pass already.
            assert name == RIGHT["name"] or time.monotonic() - written_s > LIFETIME_S / 2, server.lane.name
            begun.append((server, visitor))
        for server, visitor in begun:
            assert eventually(partial(is_nobody, server, visitor)), server.lane.name


def test_the_cookie_ends_when_the_session_does(short: Sites) -> None:
    for store, server in short:
        begun = first_form(server)
        lasts_s = lifetime_s(begun)
        # Both times are in whole seconds, taken one after the other.
        assert lasts_s is not None, server.lane.name
        assert LIFETIME_S - 1 <= lasts_s <= LIFETIME_S + 1, (server.lane.name, store)


def test_a_session_of_the_browser_has_a_cookie_without_an_end(until_closed: Sites) -> None:
    for store, server in until_closed:
        assert lifetime_s(first_form(server)) is None, (server.lane.name, store)


def test_a_session_of_the_browser_is_a_session(until_closed: Sites) -> None:
    for store, server in until_closed:
        with client(server.base_url) as own:
            assert name_of(server, somebody(server, own, store)) == RIGHT["name"], (server.lane.name, store)


def first_form(server: Server) -> Answer:
    with client(server.base_url) as own:
        return own.ask(f"/{server.lane.styles[0]}/forms/login")


def lifetime_s(answer: Answer) -> float | None:
    """Return for how many seconds the session's cookie is to be kept; None is until the browser is closed."""
    (morsel,) = (cookies[COOKIE] for line in answer.every("set-cookie") if COOKIE in (cookies := SimpleCookie(line)))
    if morsel["max-age"]:
        return float(morsel["max-age"])
    if not morsel["expires"]:
        return None
    sent = parsedate_to_datetime(answer.header("date") or "")
    return (parsedate_to_datetime(morsel["expires"]) - sent).total_seconds()
