"""Ask every lane once for each kind of work: only lanes that do the same work are compared."""

import http.client
from collections import Counter
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

import msgspec

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


def probe(scenario: Scenario, answers: Mapping[str, Answer], targets: Mapping[str, str]) -> Probed:
    """Hold every lane's answer to the scenario and to the body that most lanes gave."""
    right = [name for name, answer in answers.items() if _is_right(scenario, answer)]
    common = _common([answers[name].body for name in right])
    agreed = [name for name in right if answers[name].body == common]
    return Probed(
        exchanges={
            name: Exchange(target=targets[name], length=len(common), equals=common, contains=scenario.contains)
            for name in agreed
        },
        troubles={
            name: _trouble(scenario, answer, differs=name in right)
            for name, answer in answers.items()
            if name not in agreed
        },
    )


def _is_right(scenario: Scenario, answer: Answer) -> bool:
    return answer.status == http.client.OK and scenario.contains in answer.body


def _common(bodies: Sequence[bytes]) -> bytes:
    return Counter(bodies).most_common(1)[0][0] if bodies else b""


def _trouble(scenario: Scenario, answer: Answer, *, differs: bool) -> Reason:
    shown = answer.body[:_SHOWN].decode(errors="replace")
    if answer.status == http.client.NOT_IMPLEMENTED:
        return Reason(check="body", reason=f"not available: {shown}", remedy="this stack or style cannot do it")
    if differs:
        return Reason(
            check="body",
            reason=f"its body of {len(answer.body)} bytes differs from the one that most lanes gave: {shown}",
            remedy="run `trilane check` on this lane: it does not do the same work",
        )
    status = f"status {answer.status}" if answer.status else "no answer"
    return Reason(
        check="body",
        reason=f"its answer is wrong: {status}, {shown!r} instead of 200 with {scenario.contains.decode()!r}",
        remedy="run `trilane check` on this lane and see its log",
    )
