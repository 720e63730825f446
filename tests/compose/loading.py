"""Load all three published apps at once, from outside the containers, while something happens to these."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from contract.conformance.client import client
from loadtests.agent_client import Agent
from loadtests.measurement.errors import failed
from loadtests.messages import Exchange, Load, Slice
from loadtests.scenarios import SCENARIOS
from loadtests.servers import LANES
from tests.compose.project import APPS, Containers
from tests.waiting import eventually

# What the file chooses where a person chooses nothing.
CHOSEN = {"flask": "flask-thread", "fastapi": "fastapi-coroutine", "django": "django-thread"}
# Requests that nobody answered, as whoever stops a server in front of clients must expect: none was answered wrongly.
UNANSWERED = {"refused", "unreachable", "reset", "closed"}
USERS = 8
_LONGEST_S = 120.0


def loaded(load: Agent, up: Containers, happens: Callable[[], object], *scenarios: str) -> dict[str, Slice]:
    """Load the apps until what happens is over; return what the client saw of each."""
    loads = [_load(up, app, scenarios, window_s=_LONGEST_S) for app in APPS]
    before = answered(up)
    with ThreadPoolExecutor(max_workers=1) as pool:
        under_way = pool.submit(load.load_together, loads)
        try:
            assert eventually(lambda: all(now > then + USERS for now, then in zip(answered(up), before, strict=True)))
            happens()
        finally:
            load.stop_slice()
            slices = under_way.result()
    return dict(zip(APPS, slices, strict=True))


def loaded_for_a_while(load: Agent, up: Containers, *scenarios: str) -> dict[str, Slice]:
    """Load the apps for two seconds, when nothing happens."""
    slices = load.load_together([_load(up, app, scenarios, window_s=2.0) for app in APPS])
    return dict(zip(APPS, slices, strict=True))


def right(one: Slice) -> int:
    """Return how many requests were answered rightly."""
    return one.requests - failed(one.errors)


def answered(up: Containers) -> list[int]:
    """Return how many requests for work each app has answered, by its own count."""
    return [int(told["requests"]) - int(told["looks"]) for told in (stats(up.url(app)) for app in APPS)]


def _load(up: Containers, app: str, scenarios: tuple[str, ...], *, window_s: float) -> Load:
    style, url = LANES[CHOSEN[app]].styles[0], up.url(app)
    exchanges = tuple(_known(url, SCENARIOS[name].target(style)) for name in scenarios)
    return Load(
        key=url, base_url=url, exchange=exchanges[0], exchanges=exchanges, users=USERS, spread_s=0.1, settle_s=0.2,
        window_s=window_s, timeout_s=20.0,
    )  # fmt: skip


def _known(url: str, target: str) -> Exchange:
    """Return a request, and as its right answer what is answered now, to the byte."""
    return Exchange(target=target, equals=_asked(url, target))


def stats(url: str) -> dict[str, Any]:
    """Return what a process of the app says of itself."""
    return dict(json.loads(_asked(url, "/stats")))


def _asked(url: str, target: str) -> bytes:
    with client(url) as own:
        answer = own.ask(target)
    assert answer.status == 200, answer.body
    return answer.body
