"""Ask every lane once for each kind of work: only lanes that do the same work are compared."""

import http.client
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from contract.conformance.answers import right_body
from loadtests.measurement.result import Reason
from loadtests.messages import Exchange
from loadtests.scenarios import Scenario

_TIMEOUT_S = 30.0
_SHOWN = 120


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a lane answered; `status` is 0 and `body` the reason when it did not."""

    status: int
    body: bytes


class Probed(msgspec.Struct, frozen=True, kw_only=True):
    """The exchange with which each right lane is loaded, and why the others are not."""

    exchanges: Mapping[str, Exchange]
    troubles: Mapping[str, Reason]


def ask(base_url: str, target: str) -> Answer:
    """Return one answer, over a connection of its own."""
    connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", target, headers={"Connection": "close"})
        answer = connection.getresponse()
        return Answer(status=answer.status, body=answer.read())
    except (OSError, http.client.HTTPException) as error:
        return Answer(status=0, body=(str(error) or type(error).__name__).encode())
    finally:
        connection.close()


def expected(scenario: Scenario) -> bytes:
    """Return the one right body, which the contract and the seeded articles tell without asking any lane."""
    body = right_body(scenario.endpoint, scenario.parameters)
    if callable(body):
        raise TypeError(f"{scenario.name}: {scenario.endpoint} has no one right body to hold every answer to")
    return body


def probe(scenario: Scenario, answers: Mapping[str, Answer], targets: Mapping[str, str]) -> Probed:
    """Hold every lane's answer to the body that the contract gives."""
    wanted = expected(scenario)
    right = {name for name, answer in answers.items() if answer == Answer(status=http.client.OK, body=wanted)}
    return Probed(
        exchanges={
            name: Exchange(target=targets[name], length=len(wanted), equals=wanted, contains=scenario.contains)
            for name in answers
            if name in right
        },
        troubles={name: _trouble(answer, wanted) for name, answer in answers.items() if name not in right},
    )


def _trouble(answer: Answer, wanted: bytes) -> Reason:
    shown = answer.body[:_SHOWN].decode(errors="replace")
    if answer.status == http.client.NOT_IMPLEMENTED:
        return Reason(check="body", reason=f"not available: {shown}", remedy="this stack or style cannot do it")
    if answer.status == http.client.OK:
        return Reason(
            check="body",
            reason=f"its body is not the contract's: {_difference(answer.body, wanted)}",
            remedy="run `trilane check` on this lane: it does not do the same work",
        )
    status = f"status {answer.status}, {shown!r}" if answer.status else f"no answer, {shown!r},"
    return Reason(
        check="body",
        reason=f"its answer is wrong: {status} instead of 200 with {wanted[:_SHOWN].decode(errors='ignore')!r}",
        remedy="run `trilane check` on this lane and see its log",
    )


def _difference(body: bytes, wanted: bytes) -> str:
    """Show both from the first byte at which they part."""
    shorter = min(len(body), len(wanted))
    at = next((place for place in range(shorter) if body[place] != wanted[place]), shorter)
    got, right = (each[at : at + _SHOWN // 2].decode(errors="replace") for each in (body, wanted))
    return f"{len(body)} bytes instead of {len(wanted)}, from byte {at} on {got!r} instead of {right!r}"
