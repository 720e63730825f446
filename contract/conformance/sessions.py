"""Does each access reach the database in its way? The process counts the sessions that it opens."""

from collections.abc import Iterator

import msgspec

from contract.conformance.check import Check, judged, skipped
from contract.conformance.target import Target
from contract.rows.articles import ACCESS

PATHS = {
    "articles_list": "articles?limit=1&",
    "articles_random": "articles/random?count=2&",
    "articles_get": "articles/1?",
}
READS = 6
# A pool of threads grows to 32 before it keeps to those that it has.
TRIES = 12
OK = 200


class Sessions(msgspec.Struct, frozen=True):
    """What `/stats` says of the sessions with the database."""

    pool_open: int
    sessions_opened: int


def sessions(target: Target) -> Iterator[Check]:
    """Check which accesses open a session for each request, and which read from one that stays open."""
    if target.processes > 1:
        reason = f"{target.processes} processes answer, and each counts its own sessions"
        yield skipped(f"{target.style} sessions with the database", reason)
        return
    for endpoint, path in PATHS.items():
        for access in ACCESS.choices:
            own = f"/{target.style}/{path}access={access}"
            name = f"{target.style} {endpoint} access={access}"
            opens = _opens(target, access)
            if opens is None:
                yield skipped(f"{name} keeps a session", "the address does not tell whether threads outlive requests")
            elif opens:
                yield judged(f"{name} opens a session for each request", _not_opened(target, own))
            else:
                yield judged(f"{name} reads from a session that stays open", _not_kept(target, own))


def _opens(target: Target, access: str) -> bool | None:
    """Tell whether an access opens a session for each request here; None where nobody knows."""
    if access == "per-thread":
        # A server begins a task for each request, and there is no other thread for a coroutine to keep to.
        return True if target.style == "async" else _thread_for_each_request(target)
    return access == "per-request"


def _thread_for_each_request(target: Target) -> bool | None:
    # Django 3.2 runs all plain views of an ASGI server in one thread.
    return False if (target.app, target.stack) == ("django", "vintage") else target.serving.thread_per_request


def _not_kept(target: Target, path: str) -> list[str]:
    """Return what is wrong with the last of a few tries: the pool grows, and somebody may ask for `/health`."""
    wrong: list[str] = []
    for _ in range(TRIES):
        opened = _opened(target, path)
        wrong = [f"{READS} reads opened {opened} sessions"] if opened >= READS / 2 else []
        if not wrong:
            break
    if "pooled" in path and not _sessions(target).pool_open:
        wrong.append("the pool is empty after a read from it")
    return wrong


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
