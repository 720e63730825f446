"""Why `flask-asgi` stands on a2wsgi: both WSGI-to-ASGI adapters under load. Run with `pytest -m slow -s`."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from backing.services import Services
from loadtests.agent_client import Agent, agent
from loadtests.messages import Exchange, Load, Slice
from loadtests.servers.lanes import LANES
from loadtests.servers.process import served
from loadtests.servers.server import Server

pytestmark = pytest.mark.slow
LANE = LANES["flask-asgi"]
# asgiref's adapter takes no lifespan events, so they are answered before it.
WITH_ASGIREF = """
from asgiref.wsgi import WsgiToAsgi
from flask_app.wsgi import application as flask

adapted = WsgiToAsgi(flask)

async def application(scope, receive, send):
    if scope["type"] != "lifespan":
        return await adapted(scope, receive, send)
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})
"""


@pytest.fixture
def load(run_folder: Path) -> Iterator[Agent]:
    with agent(run_folder, log=run_folder / "adapters-agent.log") as started:
        yield started


@pytest.fixture
def servers(private_services: Services, run_folder: Path) -> Iterator[list[Server]]:
    (run_folder / "with_asgiref.py").write_text(WITH_ASGIREF)
    asgiref = dataclasses.replace(
        LANE,
        name="flask-asgiref",
        command=(*LANE.command[:-1], "--app-dir", str(run_folder), "with_asgiref:application"),
    )
    with served([LANE, asgiref], services=private_services, folder=run_folder) as started:
        yield started


def slice_of(load: Agent, server: Server) -> Slice:
    exchange = Exchange(target="/sync/hello", equals=b'{"message":"hello"}')
    return load.load(
        Load(key=server.lane.name, base_url=server.base_url, exchange=exchange, users=32, settle_s=0.2, window_s=2.0)
    )


def test_a2wsgi_answers_every_request_and_asgiref_does_not(load: Agent, servers: list[Server]) -> None:
    ours, asgirefs = (slice_of(load, server) for server in servers)
    for name, seen in (("a2wsgi", ours), ("asgiref", asgirefs)):
        print(f"{name}: {seen.requests} requests, failed: {seen.errors}")  # noqa: T201 - the figures are the point
    assert ours.errors == {}
    assert sum(asgirefs.errors.values()) > 0, "asgiref's adapter holds now: choose anew"
