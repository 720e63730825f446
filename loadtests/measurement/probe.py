"""Ask every lane once for each kind of work: only lanes that do the same work are compared."""

import http.client
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import msgspec

from contract.conformance.answers import echo, right_body
from contract.unavailable import LOST
from loadtests.measurement.result import Reason
from loadtests.measurement.slice import Asked
from loadtests.measurement.subject import Subject
from loadtests.messages import Exchange
from loadtests.scenarios import SCENARIOS, Scenario
from loadtests.servers import LANES

_TIMEOUT_S = 30.0
_SHOWN = 120


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a lane answered; `status` is 0 and `body` the reason when it did not."""

    status: int
    body: bytes


class Probed(msgspec.Struct, frozen=True, kw_only=True):
    """What a cell's users ask for, or why it cannot be measured."""

    asked: Asked | None = None
    trouble: Reason | None = None


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


def expected(scenario: Scenario, params: Mapping[str, str | int]) -> bytes:
    """Return the one right body, which the contract and the seeded articles tell without asking any lane."""
    body = right_body(scenario.endpoint, params)
    if callable(body):
        raise TypeError(f"{scenario.name}: {scenario.endpoint} has no one right body to hold every answer to")
    return body


def probe(subject: Subject, base_url: str) -> Probed:
    """Hold a lane's answer, and the one that its neighbour asks for, to the bodies that the contract gives."""
    scenario = SCENARIOS[subject.group.scenario]
    if scenario.own:
        return _probe_own(scenario, subject, base_url)
    own = _hold(scenario, base_url, subject.target, subject.all_params)
    if isinstance(own, Reason):
        return Probed(trouble=own)
    if subject.beside is None:
        return Probed(asked=Asked(exchange=own))
    neighbour = SCENARIOS[subject.beside]
    beside = _hold(neighbour, base_url, neighbour.target(subject.style), neighbour.parameters)
    if isinstance(beside, Reason):
        return Probed(trouble=beside)
    return Probed(asked=Asked(exchange=own, beside=beside))


def _probe_own(scenario: Scenario, subject: Subject, base_url: str) -> Probed:
    """Hold the answer to the first user's request, and say what each user sends and has to get back."""
    exchanges = tuple(own_exchanges(scenario, subject))
    held = judge(ask(base_url, exchanges[0].target), exchanges[0].equals or b"", exchanges[0].target, scenario.contains)
    if isinstance(held, Reason):
        return Probed(trouble=held)
    return Probed(asked=Asked(exchange=exchanges[0], exchanges=exchanges))


def for_users(subject: Subject, asked: Asked) -> Asked:
    """Return what a cell's users ask for, each with a value of its own where the scenario has one, however many."""
    scenario = SCENARIOS[subject.group.scenario]
    if not scenario.own or len(asked.exchanges) == subject.group.users:
        return asked
    return msgspec.structs.replace(asked, exchanges=tuple(own_exchanges(scenario, subject)))


def own_exchanges(scenario: Scenario, subject: Subject) -> Iterator[Exchange]:
    """Give each user's request, with a token that no other one sends, and the answer in which it stands.

    All tokens are equally long: an answer of the right length with another's token is a leak, one of another length has
    lost it. What an app cannot keep it loses by the contract, and that is right.
    """
    lost = LOST.get(LANES[subject.lane].app, (None, ""))[0]
    for number in range(subject.group.users):
        token = f"user-{number:04}"
        target = scenario.target(subject.style, {**dict(subject.params), scenario.own: token})
        wanted = echo(token, lost)
        yield Exchange(target=target, length=len(wanted), equals=wanted, contains=scenario.contains)


def _hold(scenario: Scenario, base_url: str, target: str, params: Mapping[str, str | int]) -> Exchange | Reason:
    return judge(ask(base_url, target), expected(scenario, params), target, scenario.contains)


def judge(answer: Answer, wanted: bytes, target: str, contains: bytes) -> Exchange | Reason:
    """Return the exchange that a right answer allows, or what is wrong with it."""
    if answer != Answer(status=http.client.OK, body=wanted):
        return _trouble(answer, wanted)
    return Exchange(target=target, length=len(wanted), equals=wanted, contains=contains)


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
