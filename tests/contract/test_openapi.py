"""The OpenAPI document describes what the table of endpoints names, and the apps keep it whatever they are asked."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema_rs import validator_for

from backing.scratch import scratch
from backing.services import services
from contract import bodies
from contract.conformance.answers import right_body
from contract.described import DESCRIBED, HTML, NOTHING, Described
from contract.endpoint import Endpoint
from contract.endpoints import BY_NAME, ENDPOINTS, STYLES
from contract.forms import CSRF_FIELD
from contract.openapi import PATTERNS, document, schema_of
from contract.parameters import Choice, Integer
from contract.rows.articles import ARTICLE_ID
from contract.rows.plain import HOW, MS
from contract.unavailable import UNAVAILABLE
from loadtests.servers import LANES, Server, served
from tests.contract.fuzzing import LANES_ASKED, fuzz, unserved

REQUESTS = 500
DOCUMENT = document()


def test_every_endpoint_is_described_and_nothing_else() -> None:
    assert sorted(DESCRIBED) == sorted(BY_NAME)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_every_endpoint_is_in_the_document_under_each_style_with_all_its_parameters(endpoint: Endpoint) -> None:
    for style in STYLES if endpoint.styled else ("",):
        path = f"/{style}/{endpoint.path}" if style else endpoint.path
        operation = DOCUMENT["paths"][path][endpoint.method.lower()]
        assert {each.name for each in endpoint.parameters} <= {each["name"] for each in operation["parameters"]}
        assert set(map(int, operation["responses"])) >= set(DESCRIBED[endpoint.name].answers) | {400, 413}


def test_what_may_be_let_down_says_so_and_only_a_handler_that_fails_may_fail() -> None:
    operations = [(path, each) for path, methods in DOCUMENT["paths"].items() for each in methods.values()]
    assert {path for path, each in operations if "500" in each["responses"]} == {"/sync/fail", "/async/fail"}
    assert {path for path, each in operations if "503" not in each["responses"]} >= {"/sync/hello", "/async/wait"}
    assert "503" in DOCUMENT["paths"]["/sync/articles"]["get"]["responses"]


def test_what_cannot_be_done_is_told_only_of_those_who_cannot() -> None:
    for app in ("flask", "fastapi", "django"):
        for stack in ("current", "vintage"):
            rows = document(app=app, stack=stack)["paths"].values()
            operations = [each for row in rows for each in row.values()]
            lacking = {each["operationId"] for each in operations if "501" in each["responses"]}
            assert lacking == {f"{own[2]}_{own[3]}" for own in UNAVAILABLE if own[:2] == (app, stack)}
    assert "501" in DOCUMENT["paths"]["/async/orders"]["post"]["responses"]
    assert "501" not in DOCUMENT["paths"]["/sync/orders"]["post"]["responses"]


def test_an_operation_that_never_succeeds_is_named_unless_nobody_said_that_it_can() -> None:
    able: dict[str, object] = {"responses": {}}
    unable: dict[str, object] = {"responses": {"501": {}}}
    told = {"paths": {"/a": {"get": able, "post": able}, "/b": {"get": unable}}}
    counted = '{"GET /a 503": 9, "GET /a 404": 2, "OPTIONS /a 200": 1}\n'
    found = ["GET /a never succeeded: 404, 503", "POST /a never succeeded: it was never asked"]
    assert unserved(told, counted) == found
    assert unserved(told, counted + '{"GET /a 200": 1, "POST /a 303": 1}') == []


def test_a_parameter_s_schema_is_its_rule() -> None:
    assert schema_of(MS) == {"type": "integer", "minimum": 0, "maximum": 10_000, "default": 50}
    assert schema_of(MS, {"ms": 20})["maximum"] == 20
    assert schema_of(HOW)["enum"] == list(HOW.choices)
    assert schema_of(ARTICLE_ID)["minimum"] == 1


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "a" * 64,
        "a" * 65,
        "",
        "a_b",
        "a b",
        "/x",
        "/",
        "//x",
        "/\\x",
        "/a b",
        ".x",
        "site.css",
        "é",
        "/é",
        "/" + "a" * 200,
    ],
)
def test_a_pattern_of_the_document_judges_as_the_parameter_does(text: str) -> None:
    for parameter in {type(each): each for row in ENDPOINTS for each in row.parameters}.values():
        if isinstance(parameter, Integer | Choice):
            continue
        judged = validator_for({"type": "string", "pattern": PATTERNS[type(parameter)]}).is_valid(text)
        try:
            parameter.parse(text)
        except ValueError:
            assert not judged, (parameter, text)
        else:
            assert judged, (parameter, text)


@pytest.mark.parametrize("name", ["hello", "context_home", "articles_list", "upstream"])
def test_a_right_body_is_valid_and_one_with_another_field_is_not(name: str) -> None:
    given = {"limit": 2, "calls": 3}
    body = right_body(name, given)
    assert isinstance(body, bytes)
    (answer,) = DESCRIBED[name].answers.values()
    assert isinstance(answer, type)
    validator = validator_for({"$ref": f"#/components/schemas/{answer.__name__}", "components": DOCUMENT["components"]})
    value = json.loads(body)
    assert validator.is_valid(value)
    assert not validator.is_valid({**value, "more": 1})
    assert not validator.is_valid({})


def test_a_form_takes_the_one_token_that_is_known() -> None:
    form = document(("sync",), csrf="the-token")["paths"]["/sync/session/login"]["post"]["requestBody"]["content"]
    (schema,) = (each["schema"] for each in form.values())
    assert schema["properties"][CSRF_FIELD]["enum"] == ["the-token"]


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Path, dict[str, Server]]]:
    """Both styles of all three apps, on services of their own: what is made up here also deletes and likes."""
    with scratch() as folder, services(folder, log_folder=folder) as backing:
        lanes = [LANES[name] for name in LANES_ASKED]
        with served(lanes, services=backing, folder=folder, workers=1) as started:
            yield folder, {server.lane.name: server for server in started}


@pytest.mark.slow
@pytest.mark.parametrize("lane", LANES_ASKED)
def test_whatever_is_asked_the_document_is_kept(lane: str, servers: tuple[Path, dict[str, Server]]) -> None:
    folder, started = servers
    found = fuzz(started[lane], folder, at_least=REQUESTS, examples=10)
    assert found.failure == ""
    assert found.requests >= REQUESTS


@pytest.mark.slow
@pytest.mark.parametrize(
    ("described", "said"),
    [
        (Described({200: bodies.Waited}), "Response violates schema"),
        (Described({200: HTML}), "Undocumented Content-Type"),
        (Described({204: NOTHING}), "Undocumented status code"),
    ],
)
def test_an_answer_that_breaks_the_document_is_found(
    described: Described, said: str, servers: tuple[Path, dict[str, Server]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("contract.openapi.ENDPOINTS", (BY_NAME["hello"], BY_NAME["fail"]))
    monkeypatch.setitem(DESCRIBED, "hello", described)
    folder, started = servers
    assert said in fuzz(started["flask-thread"], folder, at_least=1, examples=1).failure
