"""Does the app call the upstream as its style can, and does it give up in time? How long an answer takes tells.

That calls took one another's time is certain, since the upstream is never early; that they did not is tried again,
since a busy machine may delay them.
"""

import time
from collections.abc import Iterator

from contract.conformance.answers import right_body
from contract.conformance.case import Case, differences, error
from contract.conformance.check import Check, judged
from contract.conformance.client import Answer
from contract.conformance.protocol import EARLY_MS
from contract.conformance.target import Target
from contract.errors import retry_headers
from contract.rows.plain import MS

CALLS = 4
EACH_MS = 100
TRIES = 5
UNAVAILABLE = 503


def outward(target: Target) -> Iterator[Check]:
    """Check that calls are made one after another or all together, and that none is waited for too long."""
    if target.style == "sync":
        yield judged("sync upstream makes one call after another", _in_a_row(target))
    else:
        yield judged("async upstream makes all calls together", _together(target))
    yield judged(f"{target.style} upstream gives up what takes {MS.high} ms, and says so", _given_up(target))


def _in_a_row(target: Target) -> list[str]:
    wrong, took_ms = _called(target)
    if took_ms < CALLS * (EACH_MS - EARLY_MS):
        wrong.append(f"{CALLS} calls of {EACH_MS} ms take {took_ms:.0f} ms, so they were not made one after another")
    return wrong


def _together(target: Target) -> list[str]:
    wrong: list[str] = []
    for _ in range(TRIES):
        wrong, took_ms = _called(target)
        if took_ms > CALLS * EACH_MS / 2:
            wrong.append(f"{CALLS} calls of {EACH_MS} ms take {took_ms:.0f} ms, so they waited for each other")
        if not wrong:
            break
    return wrong


def _called(target: Target) -> tuple[list[str], float]:
    """Return what is wrong with an answer, and how long it took in milliseconds."""
    path = f"/{target.style}/upstream?calls={CALLS}&ms={EACH_MS}"
    answer, took_ms = _timed(target, path)
    return [*differences(Case("", path, right_body("upstream", {"calls": CALLS})), answer)], took_ms


def _given_up(target: Target) -> list[str]:
    path = f"/{target.style}/upstream?calls=1&ms={MS.high}"
    answer, took_ms = _timed(target, path)
    extra = {name.lower(): value for name, value in retry_headers(UNAVAILABLE).items()}
    wrong = [*differences(Case("", path, error(UNAVAILABLE), status=UNAVAILABLE, extra=extra), answer)]
    if took_ms >= MS.high:
        wrong.append(f"it took {took_ms:.0f} ms, so it waited to the end")
    return wrong


def _timed(target: Target, path: str) -> tuple[Answer, float]:
    start_s = time.perf_counter()
    answer = target.client.ask(path)
    return answer, (time.perf_counter() - start_s) * 1000
