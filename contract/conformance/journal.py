"""Do hooks and signals run in the order that the contract states? The app's own journal of a traced request tells."""

import time
from collections.abc import Iterator, Sequence

import msgspec

from contract.bodies import Journal
from contract.conformance.answers import encoded, right_body
from contract.conformance.case import Case, differences, refusal
from contract.conformance.check import Check, judged, skipped
from contract.conformance.client import Answer
from contract.conformance.target import Target
from contract.endpoints import BY_NAME
from contract.errors import no_journal
from contract.hooks import ANYWHERE, CASES, JOURNALS, REASONS

TRACED = ("X-Trace", "1")
RECEIVERS = 3
# The last entries are written after the response was sent.
COMPLETE_WITHIN_S = 10.0
PAUSE_S = 0.005


def journals(target: Target) -> Iterator[Check]:
    """Check the order of hooks and signals, and that nothing is recorded without being asked for."""
    if target.processes > 1:
        reason = f"{target.processes} processes answer, and each keeps a journal of its own"
        yield skipped(f"{target.style} journal", reason)
        return
    yield from orders(target)
    yield from receivers(target)
    yield from untraced(target)


def orders(target: Target) -> Iterator[Check]:
    """Check the journal of every kind of request whose order the contract states."""
    if target.app is None:
        yield skipped(f"{target.style} journal", "the contract states the order of the frameworks that it knows")
        return
    for case in CASES:
        answer = target.client.ask(case.url(target.style), headers=[TRACED, *case.headers.items()])
        yield order(target, case.name, answer, case.status)


def order(target: Target, case: str, answer: Answer, status: int) -> Check:
    """Check the journal of one answer that was asked for with a trace, of an app that the contract knows."""
    app = str(target.app)
    wrong = [] if answer.status == status else [f"status {answer.status}, not {status}"]
    wrong += _differences(target, answer.request_id, JOURNALS[app, case])
    wrong += [REASONS[app]] if wrong else []
    return judged(f"{target.style} journal: {case}", wrong)


def _differences(target: Target, request_id: str, right: Sequence[str]) -> list[str]:
    """Read the journal until it is complete, or can no longer become right; return what is wrong with it."""
    deadline = time.monotonic() + COMPLETE_WITHIN_S
    while True:
        body = target.client.ask(f"/journal/{request_id}").body
        found = msgspec.json.decode(body, type=Journal).entries
        if body != encoded({"request_id": request_id, "entries": found}):
            return [f"the journal is {body.decode()}"]
        if ANYWHERE in found:
            found.remove(ANYWHERE)
        if found == list(right):
            return []
        if found != list(right[: len(found)]) or time.monotonic() > deadline:
            return [f"{', '.join(found)}; not {', '.join(right)}"]
        time.sleep(PAUSE_S)


def receivers(target: Target) -> Iterator[Check]:
    """Check that every receiver of a signal ran, not only that their number was answered."""
    if target.reason(BY_NAME["signals"]) is None:
        answer = target.client.ask(f"/{target.style}/signals?receivers={RECEIVERS}", headers=[TRACED])
        # They ran before the answer was made, so nothing has to be waited for.
        found = target.client.ask(f"/journal/{answer.request_id}").body.count(b'"signal article_viewed"')
        wrong = [] if found == RECEIVERS else [f"{found} of {RECEIVERS} receivers noted that they ran"]
        yield judged(f"{target.style} journal: the receivers of a signal", wrong)


def untraced(target: Target) -> Iterator[Check]:
    """Check that a request without the header leaves no journal, and cannot be stopped."""
    path, hello = f"/{target.style}/hello", right_body("hello", {})
    for what, headers in {"without X-Trace": (), "with X-Trace: 0": (("X-Trace", "0"),)}.items():
        case = Case(f"{target.style} does not stop a request {what}", path, hello, headers=(("X-Stop", "1"), *headers))
        answer = target.client.ask(case.path, headers=case.headers)
        yield judged(case.name, differences(case, answer))
        own = f"/journal/{answer.request_id}"
        none = refusal(f"{target.style} records nothing {what}", own, 404, str(no_journal(answer.request_id)))
        yield judged(none.name, differences(none, target.client.ask(own)))
