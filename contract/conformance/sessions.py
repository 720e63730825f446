"""Does each access reach the database in its way? The process counts the sessions that it opens."""

from collections.abc import Iterator

import msgspec

from contract.conformance.check import Check, judged, skipped
from contract.conformance.target import Target

PATHS = {
    "articles_list": "articles?limit=1&",
    "articles_random": "articles/random?count=2&",
    "articles_get": "articles/1?",
}
READS = 6
TRIES = 3
OK = 200


class Sessions(msgspec.Struct, frozen=True):
    """What `/stats` says of the sessions with the database."""

    pool_open: int
    sessions_opened: int


def sessions(target: Target) -> Iterator[Check]:
    """Check that a pooled read opens no session when there is one, and that a read by itself always does."""
    if target.processes > 1:
        reason = f"{target.processes} processes answer, and each counts its own sessions"
        yield skipped(f"{target.style} sessions with the database", reason)
        return
    for endpoint, path in PATHS.items():
        pooled, own = (f"/{target.style}/{path}access={access}" for access in ("pooled", "per-request"))
        name = f"{target.style} {endpoint} access"
        yield judged(f"{name}=pooled reads from sessions that stay open", _not_pooled(target, pooled))
        yield judged(f"{name}=per-request opens a session for each request", _not_opened(target, own))


def _not_pooled(target: Target, path: str) -> list[str]:
    """Return what is wrong with the last of a few tries: the pool grows, and somebody may ask for `/health`."""
    wrong: list[str] = []
    for _ in range(TRIES):
        opened = _opened(target, path)
        wrong = [f"{READS} reads opened {opened} sessions"] if opened >= READS / 2 else []
        if not wrong:
            break
    return wrong if _sessions(target).pool_open else [*wrong, "the pool is empty after a read from it"]


def _not_opened(target: Target, path: str) -> list[str]:
    opened = _opened(target, path)
    return [f"{READS} reads opened {opened} sessions"] if opened < READS else []


def _opened(target: Target, path: str) -> int:
    """Return how many sessions a few reads opened; raise `ValueError` where one is refused."""
    target.client.ask(path)
    before = _sessions(target).sessions_opened
    for _ in range(READS):
        answer = target.client.ask(path)
        if answer.status != OK:
            raise ValueError(f"{path} is answered with status {answer.status}")
    return _sessions(target).sessions_opened - before


def _sessions(target: Target) -> Sessions:
    return msgspec.json.decode(target.client.ask("/stats").body, type=Sessions)
