"""What the suite makes of leaks: of those that must not be, those that are known, and those that do not come."""

import json
from collections.abc import Callable, Sequence

import httpx
import pytest

from contract.carriers import LEAKS, LOST
from contract.conformance import Outcome, Serving
from contract.conformance import carriers as section
from contract.conformance.check import Check
from contract.conformance.client import Client
from contract.conformance.target import Target
from contract.conformance.together import Together
from contract.rows.context import CARRIER

Answer = Callable[[str, str], dict[str, str | None]]


def own(carrier: str, token: str) -> dict[str, str | None]:
    """Return the right answer of FastAPI's coroutines."""
    lost = ("fastapi", carrier, "async") in LOST
    return {"token": token, "view": token, "helper": token, "receiver": token, "thread": None if lost else token}


def foreign(carrier: str, token: str) -> dict[str, str | None]:
    """Return an answer whose view read another request's token."""
    return own(carrier, token) | {"view": "other"}


def emptied(carrier: str, token: str) -> dict[str, str | None]:
    """Return an answer whose helper read nothing."""
    return own(carrier, token) | {"helper": None}


def judged(monkeypatch: pytest.MonkeyPatch, answer: Answer, *, alone: bool = False) -> dict[str, Check]:
    """Return what the section says of answers that are all alike, by carrier and what is claimed of it."""

    def ask(_: str, paths: Sequence[str]) -> Together:
        tokens = [f"token-{number}" for number in range(len(paths))]
        carrier = paths[0].rpartition("carrier=")[2]
        bodies = [json.dumps(answer(carrier, token)).encode() for token in tokens]
        return Together(tokens, [httpx.Response(200, content=body) for body in bodies], 1.0)

    monkeypatch.setattr(section, "ask_together", ask)
    with httpx.Client() as http:
        target = Target(Client(http), "http://none", "async", "fastapi", "current", 1, Serving(alone=alone))
        return {check.name.removeprefix("async context_echo carrier="): check for check in section.carriers(target)}


def outcomes(checks: dict[str, Check], claim: str) -> dict[str, Outcome]:
    return {name.split(" ")[0]: check.outcome for name, check in checks.items() if claim in name}


def test_a_leak_fails_unless_it_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    checks = judged(monkeypatch, foreign)
    assert set(outcomes(checks, "keeps").values()) == {Outcome.FAILED}
    assert outcomes(checks, "as it is said to") == dict.fromkeys(
        ("global", "thread-local", "ident-dict"), Outcome.PASSED
    )


def test_a_leak_that_is_said_to_be_and_does_not_come_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    checks = judged(monkeypatch, own)
    assert set(outcomes(checks, "keeps").values()) == {Outcome.PASSED}
    assert set(outcomes(checks, "as it is said to").values()) == {Outcome.SKIPPED}
    shown = checks["global leaks between concurrent requests, as it is said to"].reason
    assert shown == f"none of 60 requests read another's token, though {LEAKS['fastapi', 'global', 'async']}"


def test_where_requests_take_turns_no_carrier_may_leak(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(outcomes(judged(monkeypatch, foreign, alone=True), "keeps").values()) == {Outcome.FAILED}
    assert len(outcomes(judged(monkeypatch, own, alone=True), "keeps")) == len(CARRIER.choices) - 1


def test_what_is_lost_and_is_not_said_to_be_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(outcomes(judged(monkeypatch, own), "is lost").values()) == {Outcome.PASSED}
    assert set(outcomes(judged(monkeypatch, emptied), "is lost").values()) == {Outcome.FAILED}


def test_what_is_said_to_be_lost_and_is_there_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    checks = judged(monkeypatch, lambda carrier, token: own(carrier, token) | {"thread": token})
    failed = {name for name, outcome in outcomes(checks, "is lost").items() if outcome is Outcome.FAILED}
    assert failed == {carrier for app, carrier, style in LOST if (app, style) == ("fastapi", "async")}


def test_what_is_known_of_carriers_names_carriers_that_there_are() -> None:
    assert {carrier for _, carrier, _ in [*LOST, *LEAKS]} <= set(CARRIER.choices)
