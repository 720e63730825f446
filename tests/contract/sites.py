"""Visitors of sites that are served for one test: in each app, with sessions in each store."""

import json
from dataclasses import replace

from backing.services import Services
from contract.conformance.client import Client
from contract.conformance.people import logged_in
from contract.conformance.target import Target
from contract.conformance.visitor import Visitor
from loadtests.servers import LANES, Server
from loadtests.servers.serving import serving

# One lane of each app, in both styles between them.
SITES = ("flask-thread", "fastapi-coroutine", "django-coroutine", "django-thread")


def keeping(services: Services, store: str) -> Services:
    """Return the services with sessions kept in this store."""
    return replace(services, session_store=store)


def target(server: Server, client: Client, store: str) -> Target:
    """Return a server as the suite looks at it."""
    lane, style = server.lane, server.lane.styles[0]
    known = serving(LANES[lane.name], server.stack, store)[style]
    return Target(client, server.base_url, style, lane.app, server.stack, server.workers, known)


def somebody(server: Server, client: Client, store: str = "cookie") -> Visitor:
    """Return somebody who has just logged in."""
    return logged_in(target(server, client, store))


def name_of(server: Server, visitor: Visitor) -> str | None:
    """Return under which name the site knows a visitor."""
    answer = visitor.get(f"/{server.lane.styles[0]}/session/me")
    assert answer.status == 200, answer.body
    name: str | None = json.loads(answer.body)["name"]
    return name


def is_nobody(server: Server, visitor: Visitor) -> bool:
    """Tell whether the site does not know a visitor."""
    return name_of(server, visitor) is None
