"""Ask every lane once for each kind of work: only lanes that do the same work are compared."""

import http.client
from collections.abc import Iterator, Mapping
from secrets import token_hex
from urllib.parse import urlsplit

import msgspec

from contract.carriers import LOST
from contract.conformance.answers import echo, right_body
from contract.conformance.pages import page_differences
from contract.forms import RIGHT
from loadtests.measurement.books import Books
from loadtests.measurement.result import Reason
from loadtests.measurement.slice import Asked
from loadtests.measurement.subject import Subject
from loadtests.messages import Exchange
from loadtests.scenarios import SCENARIOS, SESSIONS, Scenario
from loadtests.servers import LANES
from loadtests.visiting import logged_in

_TIMEOUT_S = 30.0
_SHOWN = 120
_CHECK, _LOG = "run `trilane check` on this lane", " and see its log"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a lane answered; `status` is 0 and `body` the reason when it did not."""

    status: int
    body: bytes


class Probed(msgspec.Struct, frozen=True, kw_only=True):
    """What a cell's users ask for, or why it cannot be measured."""

    asked: Asked | None = None
    trouble: Reason | None = None


def ask(base_url: str, target: str) -> Answer:
    """Return one answer to GET, over a connection of its own."""
    return send(base_url, Exchange(target=target))


def send(base_url: str, exchange: Exchange) -> Answer:
    """Return the answer to one request as a user sends it, over a connection of its own."""
    connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=_TIMEOUT_S)
    headers = {
        name: value.replace(exchange.fresh, token_hex(8)) if exchange.fresh else value
        for name, value in exchange.headers
    }
    try:
        connection.request(exchange.method, exchange.target, exchange.body or None, {**headers, "Connection": "close"})
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


def probe(subject: Subject, base_url: str, books: Books | None = None) -> Probed:
    """Hold a lane's answer, and the one that its neighbour asks for, to the bodies that the contract gives.

    Work that writes needs `books`, which give each cell an article of its own.
    """
    probed = _probe(subject, base_url, books)
    if probed.trouble is None or subject.url is None:
        return probed
    # Who is elsewhere has no log here, and is checked by its address.
    remedy = probed.trouble.remedy.replace(_CHECK, f"run `trilane check {subject.url}`").replace(_LOG, "")
    return Probed(trouble=msgspec.structs.replace(probed.trouble, remedy=remedy))


def _probe(subject: Subject, base_url: str, books: Books | None) -> Probed:
    scenario = SCENARIOS[subject.group.scenario]
    if scenario.writes:
        return _probe_writing(scenario, subject, base_url, books)
    if scenario.own or scenario.login:
        return (_probe_own if scenario.own else _probe_page)(scenario, subject, base_url)
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


def _probe_writing(scenario: Scenario, subject: Subject, base_url: str, books: Books | None) -> Probed:
    """Make the article that a cell's users write to, log in where they need a session, and write once."""
    if books is None:
        raise TypeError(f"{scenario.name}: nobody keeps books of what is written")
    article = books.article(f"{subject.key.label} {subject.group} {subject.name}")
    try:
        cookie = logged_in(base_url, subject.style) if scenario.login else ""
    except ValueError as error:
        return Probed(trouble=Reason(check="login", reason=str(error), remedy=_CHECK))
    exchange = scenario.write(subject.style, article, dict(subject.params), cookie=cookie)
    with books.open(article):
        answer = send(base_url, exchange)
        held = books.count(scenario.writes, article)
    if answer.status != exchange.status or scenario.contains not in answer.body:
        return Probed(trouble=_trouble(answer, scenario.contains, exchange.status))
    if held != 1:
        return Probed(
            trouble=Reason(
                check="body",
                reason="it answers that it wrote, and the database does not hold it",
                remedy=f"{_CHECK}, and see whether another program writes to the same rows",
            )
        )
    return Probed(asked=Asked(exchange=exchange, article=article, writes=scenario.writes))


def _probe_own(scenario: Scenario, subject: Subject, base_url: str) -> Probed:
    """Hold the answer to the first user's request, and say what each user sends and has to get back."""
    exchanges = tuple(own_exchanges(scenario, subject))
    held = judge(ask(base_url, exchanges[0].target), exchanges[0].equals or b"", exchanges[0].target, scenario.contains)
    if isinstance(held, Reason):
        return Probed(trouble=held)
    return Probed(asked=Asked(exchange=exchanges[0], exchanges=exchanges))


def _probe_page(scenario: Scenario, subject: Subject, base_url: str) -> Probed:
    """Log in each user, and hold the page to what a browser has to make of it.

    Its bytes are the framework's own, and have to stay so: they are the same for all users, who share one name.
    """
    try:
        cookies = [logged_in(base_url, subject.style) for _ in range(min(SESSIONS, subject.group.users))]
    except ValueError as error:
        return Probed(trouble=Reason(check="login", reason=str(error), remedy=_CHECK))
    exchange = Exchange(target=subject.target, headers=(("Cookie", cookies[0]),), contains=scenario.contains)
    answer = send(base_url, exchange)
    if answer.status != http.client.OK or scenario.contains not in answer.body:
        return Probed(trouble=_trouble(answer, scenario.contains))
    for wrong in page_differences(answer.body, subject.style, int(subject.all_params["id"]), RIGHT["name"]):
        remedy = f"{_CHECK}: it does not do the same work"
        return Probed(trouble=Reason(check="body", reason=f"its page is another one: {wrong}", remedy=remedy))
    held = msgspec.structs.replace(exchange, equals=answer.body, length=len(answer.body))
    own = [msgspec.structs.replace(held, headers=(("Cookie", cookie),)) for cookie in cookies]
    return Probed(asked=Asked(exchange=held, exchanges=tuple(own)))


def for_users(subject: Subject, asked: Asked) -> Asked:
    """Return what a cell's users ask for, each with a value of its own where the scenario has one, however many."""
    scenario = SCENARIOS[subject.group.scenario]
    if not scenario.own or len(asked.exchanges) == subject.group.users:
        return asked
    return msgspec.structs.replace(asked, exchanges=tuple(own_exchanges(scenario, subject)))


def own_exchanges(scenario: Scenario, subject: Subject) -> Iterator[Exchange]:
    """Give each user's request, with a value that no other one sends, and the right answer to it.

    All tokens are equally long: an answer of the right length with another's token is a leak, one of another length has
    lost it. What an app cannot keep it loses by the contract, and that is right.
    """
    lost = (LANES[subject.lane].app, subject.all_params.get("carrier"), subject.style) in LOST
    for number in range(subject.group.users):
        own = {scenario.own: scenario.value_of(number)}
        target = scenario.target(subject.style, {**dict(subject.params), **own})
        if scenario.endpoint == "context_echo":
            wanted = echo(str(own[scenario.own]), lost=lost)
        else:
            wanted = expected(scenario, {**subject.all_params, **own})
        yield Exchange(target=target, length=len(wanted), equals=wanted, contains=scenario.contains)


def _hold(scenario: Scenario, base_url: str, target: str, params: Mapping[str, str | int]) -> Exchange | Reason:
    return judge(ask(base_url, target), expected(scenario, params), target, scenario.contains)


def judge(answer: Answer, wanted: bytes, target: str, contains: bytes) -> Exchange | Reason:
    """Return the exchange that a right answer allows, or what is wrong with it."""
    if answer != Answer(status=http.client.OK, body=wanted):
        return _trouble(answer, wanted)
    return Exchange(target=target, length=len(wanted), equals=wanted, contains=contains)


def _trouble(answer: Answer, wanted: bytes, right_status: int = http.client.OK) -> Reason:
    shown = answer.body[:_SHOWN].decode(errors="replace")
    if answer.status == http.client.NOT_IMPLEMENTED:
        return Reason(check="body", reason=f"not available: {shown}", remedy="this stack or style cannot do it")
    if answer.status == right_status:
        return Reason(
            check="body",
            reason=f"its body is not the contract's: {_difference(answer.body, wanted)}",
            remedy=f"{_CHECK}: it does not do the same work",
        )
    if not answer.status:
        return Reason(check="body", reason=f"it does not answer: {shown}", remedy=f"{_CHECK}{_LOG}")
    right = f"{right_status} with {wanted[:_SHOWN].decode(errors='ignore')!r}"
    return Reason(
        check="body",
        reason=f"its answer is wrong: status {answer.status}, {shown!r} instead of {right}",
        remedy=f"{_CHECK}{_LOG}",
    )


def _difference(body: bytes, wanted: bytes) -> str:
    """Show both from the first byte at which they part."""
    shorter = min(len(body), len(wanted))
    at = next((place for place in range(shorter) if body[place] != wanted[place]), shorter)
    got, right = (each[at : at + _SHOWN // 2].decode(errors="replace") for each in (body, wanted))
    return f"{len(body)} bytes instead of {len(wanted)}, from byte {at} on {got!r} instead of {right!r}"
