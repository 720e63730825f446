"""Whether each carrier keeps requests in flight at the same moment apart, and leaks where it is said to leak.

A carrier that leaks where it must not fails; one that is said to leak and does is what it is said to be; one that is
said to leak and does not is a surprise, and is shown as a check that could not be made.
"""

from collections.abc import Iterator

import msgspec

from contract.bodies import Echo
from contract.carriers import LOST, leak
from contract.conformance.check import Check, judged, skipped
from contract.conformance.target import Target
from contract.conformance.together import Together, ask_together
from contract.rows.context import CARRIER

REQUESTS = 60
HOLD_MS = 10
PLACES = ("view", "helper", "receiver", "thread")


def carriers(target: Target) -> Iterator[Check]:
    """Check every carrier but the framework's own, which a section of its own asks for harder."""
    for carrier in CARRIER.choices[1:]:
        path = f"/{target.style}/context/echo?token={{request_id}}&hold_ms={HOLD_MS}&carrier={carrier}"
        together = ask_together(target.base_url, [path] * REQUESTS)
        name = f"{target.style} context_echo carrier={carrier}"
        reason = leak(target.app, carrier, target.style, alone=target.serving.alone)
        if together.refused or reason is None:
            yield judged(f"{name} keeps {REQUESTS} concurrent requests apart", together.refused or wrong(together))
        else:
            yield _said_to_leak(f"{name} leaks between concurrent requests, as it is said to", together, reason)
        if not together.refused:
            lost = (target.app or "", carrier, target.style) in LOST
            yield judged(f"{name} is lost where it is said to be, and nowhere else", losses(together, lost=lost))


def _said_to_leak(name: str, together: Together, reason: str) -> Check:
    if any(True for _ in leaks(together)):
        return judged(name, ())
    return skipped(name, f"none of {len(together.answers)} requests read another's token, though {reason}")


def wrong(together: Together) -> Iterator[str]:
    """Name every way in which requests got into each other's way."""
    yield from leaks(together)
    swapped = sum(token != echo.token for token, echo in _own(together))
    if swapped:
        yield f"{swapped} of {len(together.answers)} answers belong to another request"


def leaks(together: Together) -> Iterator[str]:
    """Name the places in which requests read another request's token."""
    own = _own(together)
    for place in PLACES:
        count = sum(getattr(echo, place) not in {token, None} for token, echo in own)
        if count:
            yield f"{count} of {len(own)} requests read another request's token in the {place}"


def losses(together: Together, *, lost: bool) -> Iterator[str]:
    """Name the places that hold no token though they should; where it is `lost`, the thread should hold none."""
    own = _own(together)
    for place in PLACES:
        count = sum(getattr(echo, place) is None for _, echo in own)
        if count and not (lost and place == "thread"):
            yield f"{count} of {len(own)} requests lost their token in the {place}"
    kept = sum(echo.thread == token for token, echo in own)
    if lost and kept:
        yield f"{kept} of {len(own)} requests kept their token in the thread"


def _own(together: Together) -> list[tuple[str, Echo]]:
    echoes = [msgspec.json.decode(answer.content, type=Echo) for answer in together.answers]
    return list(zip(together.request_ids, echoes, strict=True))
