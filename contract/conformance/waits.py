"""Who is held up by whom? What waits on a shared loop lets the others go on or stops them all, as it was asked to.

That waits took one another's time, or none, shows in how long several of them take together. That they took each
other's is certain, since a sleep is never short; that they did not is tried again, since a busy machine may delay it.
"""

from collections.abc import Callable, Iterator, Sequence

from contract.conformance.case import TIMING
from contract.conformance.check import Check, judged, skipped
from contract.conformance.protocol import EARLY_MS
from contract.conformance.target import Target
from contract.conformance.together import Together, ask_together

WAITS = 8
MS = 60
TRIES = 5
# Each try waits twice as long as the one before, since what a busy machine adds stays the same.
LONGER = 2
BLOCKED_TWICE = 2
HELLOS = 20
# More than there are threads, each long enough for all to arrive meanwhile.
WAITS_TOO_MANY = 16
LONG_MS = 200
QUEUED_MS = LONG_MS / 10


def shared_loop(target: Target) -> Iterator[Check]:
    """Check that a cooperative wait holds up nobody, and that a blocking one holds up everybody."""
    name = f"{target.style} wait on a loop that requests share"
    if target.serving.shares_loop is None:
        yield skipped(name, "the address does not tell whether requests share a loop")
    elif target.serving.shares_loop and target.processes > 1:
        yield skipped(name, f"{target.processes} processes answer, and each has a loop of its own")
    elif target.serving.shares_loop:
        yield judged(f"{target.style} wait how=cooperative holds up nobody", _held_up(target))
        yield judged(f"{target.style} wait how=blocking holds up everybody", _not_held_up(target))


def _held_up(target: Target) -> list[str]:
    return _tried(lambda number: _one_by_one(target, MS * LONGER**number))


def _one_by_one(target: Target, ms: int) -> list[str]:
    together = _waited(target, "cooperative", ms)
    slow = together.took_ms > WAITS * ms / 2
    return together.refused or ([f"{WAITS} waits of {ms} ms together take {together.took_ms:.0f} ms"] if slow else [])


def _not_held_up(target: Target) -> Iterator[str]:
    for _ in range(BLOCKED_TWICE):
        together = _waited(target, "blocking", MS)
        yield from together.refused
        if together.took_ms < WAITS * (MS - EARLY_MS):
            yield f"{WAITS} waits of {MS} ms take {together.took_ms:.0f} ms, so they did not block one another"


def _waited(target: Target, how: str, ms: int) -> Together:
    return ask_together(target.base_url, [f"/{target.style}/wait?ms={ms}&how={how}"] * WAITS)


def queue(target: Target) -> Iterator[Check]:
    """Check that the time before the first hook is stated, and the wait for a thread where there is one."""
    hellos = (target.client.ask(f"/{target.style}/hello").header("server-timing") for _ in range(HELLOS))
    reason = [] if any(map(_queued_ms, hellos)) else [f"{HELLOS} answers in a row state that no time has passed"]
    yield judged(f"{target.style} states the time before its first hook", reason)
    threads = target.serving.queue_threads
    name = f"{target.style} states the wait for a thread"
    if threads is None:
        yield skipped(name, "the address does not tell for how many threads requests queue")
    elif threads and target.processes > 1:
        yield skipped(name, f"{target.processes} processes answer, and each has threads of its own")
    elif threads:
        paths = [f"/{target.style}/wait?ms={LONG_MS}"] * (threads + WAITS_TOO_MANY)
        yield judged(name, _tried(lambda _: _unstated(target, paths)))


def _unstated(target: Target, paths: Sequence[str]) -> list[str]:
    together = ask_together(target.base_url, paths)
    if together.refused:
        return together.refused
    longest_ms = max(_queued_ms(answer.headers.get("server-timing")) for answer in together.answers)
    if longest_ms >= QUEUED_MS:
        return []
    return [f"of {len(together.answers)} waits of {LONG_MS} ms together none states more than {longest_ms} ms of queue"]


def _queued_ms(timing: str | None) -> float:
    match = TIMING.fullmatch(timing or "")
    return float(match[2]) if match else 0.0


def _tried(attempt: Callable[[int], list[str]]) -> list[str]:
    """Return what is wrong with the last of a few tries, the first that is right."""
    wrong: list[str] = []
    for number in range(TRIES):
        wrong = attempt(number)
        if not wrong:
            break
    return wrong
