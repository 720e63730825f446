"""Every lane keeps the contract, on both stacks and both engines, in each style that its row lists."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from backing.database_url import MARIADB, POSTGRESQL
from contract.conformance import Outcome, check
from contract.conformance.client import Answer, client
from contract.conformance.paths import unhandled_cases, unserved_cases
from contract.conformance.questions import ASKED, bad_cases, good_cases
from contract.conformance.target import Target
from loadtests.servers import LANES, Server, served
from loadtests.servers.serving import serving
from tests.stacks import stack_or_skip

Servers = dict[str, Server]
ALIKE = {"sync": ("flask-thread", "fastapi-thread", "django-thread"),
         "async": ("flask-async-view", "fastapi-coroutine", "django-coroutine")}  # fmt: skip
# What is new on another engine is each framework in each style, and the drivers among greenlets.
ON = {POSTGRESQL: tuple(LANES), MARIADB: (*ALIKE["sync"], *ALIKE["async"], "flask-greenlet", "django-greenlet")}
# They differ from answer to answer, or from server to server.
VARYING = {"date", "server", "connection", "keep-alive", "server-timing"}


@pytest.fixture(
    scope="module",
    params=[
        ("current", POSTGRESQL),
        ("vintage", POSTGRESQL),
        pytest.param(("current", MARIADB), marks=pytest.mark.slow),
        pytest.param(("vintage", MARIADB), marks=pytest.mark.slow),
    ],
    ids="-".join,
)
def servers(request: pytest.FixtureRequest, run_folder: Path) -> Iterator[Servers]:
    """The lanes of one stack on one engine, with one worker each."""
    name, engine = request.param
    stack_or_skip(name)
    services = request.getfixturevalue("private_mariadb" if engine == MARIADB else "private_services")
    lanes = [LANES[lane] for lane in ON[engine]]
    with served(lanes, services=services, folder=run_folder, stack=name, workers=1) as started:
        yield {server.lane.name: server for server in started}


@pytest.mark.parametrize("lane", LANES)
def test_a_lane_keeps_the_contract(servers: Servers, lane: str) -> None:
    if lane not in servers:
        pytest.skip("what its server does is asked on PostgreSQL")
    server = servers[lane]
    checks = check(server.base_url, styles=server.lane.styles, serving=serving(server.lane, server.stack))
    assert [f"{found.name}: {found.reason}" for found in checks if found.failed] == []
    assert sum(found.passed for found in checks) > 100
    reasons = {found.reason for found in checks if found.outcome is Outcome.SKIPPED}
    assert reasons <= {"the server closes each connection, and says so"}


@pytest.mark.parametrize("style", ALIKE)
def test_the_three_apps_give_the_same_answer_to_the_byte(servers: Servers, style: str) -> None:
    flask, *others = (_answers(servers[lane], style) for lane in ALIKE[style])
    for other in others:
        shared = flask.keys() & other.keys()
        assert len(shared) > 100
        assert {name: other[name] for name in shared if other[name] != flask[name]} == {}


def _answers(server: Server, style: str) -> dict[str, tuple[int, dict[str, str], bytes]]:
    """Return what a person would see of each answer, by case; a random body is left out, a request id made alike."""
    with client(server.base_url) as own:
        target = Target(own, server.base_url, style, server.lane.app, server.stack, 1)
        cases = [case for endpoint in ASKED for case in good_cases(endpoint, target)]
        cases += [case for endpoint in ASKED for case in bad_cases(endpoint, target)]
        cases += [*unserved_cases(style), *unhandled_cases(style)]
        fixed = [case for case in cases if not callable(case.body) and "context_echo" not in case.name]
        return {
            case.name: _seen(own.ask(case.path, method=case.method, headers=case.headers, request_id="the-same"))
            for case in fixed
            if case.status != 501
        }


def _seen(answer: Answer) -> tuple[int, dict[str, str], bytes]:
    headers = {name: value for name, value in answer.headers if name not in VARYING}
    return answer.status, headers, answer.body
