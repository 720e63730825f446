"""The whole suite over one address: every section in turn; a section that gets no answer fails under its name."""

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

import httpx
import msgspec

from contract.conformance import pages, paths, protocol, questions, status, visits, waits
from contract.conformance.admin import admin
from contract.conformance.carriers import carriers
from contract.conformance.case import Case, differences
from contract.conformance.check import Check, Outcome, judged, skipped
from contract.conformance.client import client
from contract.conformance.editing import editing
from contract.conformance.flashes import flashes
from contract.conformance.forms import forms
from contract.conformance.isolation import isolation
from contract.conformance.journal import journals
from contract.conformance.journal_people import journals_of_people
from contract.conformance.likes import likes
from contract.conformance.limits import limits
from contract.conformance.objects import objects
from contract.conformance.orders import orders
from contract.conformance.outward import outward
from contract.conformance.people import people
from contract.conformance.seen import seen
from contract.conformance.serving import Serving, usual
from contract.conformance.sessions import sessions
from contract.conformance.tampering import tampering
from contract.conformance.target import Target, processes
from contract.endpoints import ENDPOINTS, STYLES

Section = Callable[[Target], Iterator[Check]]
NO_ANSWER = (httpx.HTTPError, msgspec.MsgspecError, ValueError, LookupError)


NOTHING_KNOWN: Mapping[str, Serving] = {}


def check(
    base_url: str,
    *,
    styles: Sequence[str] = STYLES,
    sections: Sequence[Section] = (),
    serving: Mapping[str, Serving] = NOTHING_KNOWN,
    endpoints: Collection[str] = (),
) -> list[Check]:
    """Ask an app everything that the contract says, or `sections` of it, in each of `styles`.

    An app that has some of the `endpoints` alone, by their names, is asked for these; a section that needs others is
    skipped.

    It tells by itself which app it is; `serving` says by style what cannot be told over HTTP. An app that does not
    answer fails one check.
    """
    with client(base_url) as own:
        try:
            found = processes(own)
        except NO_ANSWER as error:
            return [Check("/stats answers", Outcome.FAILED, f"{type(error).__name__}: {error}")]
        process = next(iter(found.values()))
        known = {style: serving.get(style) or usual(process.app, style) for style in styles}
        targets = [
            Target(own, base_url, style, process.app, process.stack, len(found), known[style], frozenset(endpoints))
            for style in styles
        ]
        looks = [*itertools.product(ONCE, targets[:1]), *itertools.product(PER_STYLE, targets)]
        chosen = (look for look in looks if not sections or look[0] in sections)
        return [check for section, target in chosen for check in _looked_at(section, target)]


def _looked_at(section: Section, target: Target) -> Iterator[Check]:
    name = f"{target.style} {section.__name__.replace('_', ' ')}"
    if target.only and not target.asks(*NEEDS.get(section, EVERY)):
        yield skipped(name, f"it asks for more than {', '.join(sorted(target.only))}")
        return
    try:
        yield from section(target)
    except NO_ANSWER as error:
        yield Check(name, Outcome.FAILED, f"the check ended early: {type(error).__name__}: {error}")


def right_answers(target: Target) -> Iterator[Check]:
    """Check every endpoint with every value worth asking."""
    yield from _judge(
        target, (case for endpoint in questions.asked(target) for case in questions.good_cases(endpoint, target))
    )
    yield from _judge(target, questions.other_cases(target))


def right_refusals(target: Target) -> Iterator[Check]:
    """Check that every value that a parameter refuses is answered by its rule."""
    yield from _judge(
        target, (case for endpoint in questions.asked(target) for case in questions.bad_cases(endpoint, target))
    )


def unknown_paths(target: Target) -> Iterator[Check]:
    """Check paths that nobody serves and methods that nobody handles."""
    yield from _judge(target, paths.unserved_cases(target.style))
    chosen = (endpoint for endpoint in ENDPOINTS if target.asks(endpoint.name))
    yield from _judge(target, paths.unhandled_cases(target.style, chosen))


def _judge(target: Target, cases: Iterable[Case]) -> Iterator[Check]:
    for case in cases:
        try:
            answer = target.client.ask(case.path, method=case.method, headers=case.headers, body=case.sent)
        except httpx.HTTPError as error:
            yield Check(case.name, Outcome.FAILED, f"no answer: {type(error).__name__}: {error}")
        else:
            yield judged(case.name, differences(case, answer))


ONCE = (status.health, status.stats, status.bad_journals, visits.agreement, pages.static_files, admin)
PER_STYLE = (
    right_answers,
    right_refusals,
    unknown_paths,
    protocol.request_ids,
    protocol.timing,
    protocol.heads,
    protocol.connections,
    protocol.unread_body,
    isolation,
    carriers,
    waits.shared_loop,
    waits.queue,
    sessions,
    objects,
    outward,
    pages.pages,
    visits.visits,
    people,
    tampering,
    flashes,
    forms,
    editing,
    orders,
    likes,
    seen,
    limits,
    journals,
    journals_of_people,
)
EVERY = tuple(endpoint.name for endpoint in ENDPOINTS)
# What a section asks for besides the endpoints that were chosen; those that are not named ask for more than a few.
NEEDS: Mapping[Section, Sequence[str]] = {
    status.health: (),
    status.stats: (),
    right_answers: (),
    right_refusals: (),
    unknown_paths: (),
    protocol.request_ids: ("hello",),
    protocol.timing: ("wait",),
    protocol.heads: ("hello",),
    protocol.connections: ("hello", "fail"),
    protocol.unread_body: ("hello",),
    waits.shared_loop: ("wait",),
    waits.queue: ("hello", "wait"),
}
