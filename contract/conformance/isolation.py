"""Do requests in flight at the same moment see each other's context? Two hundred of them, each with its own."""

from collections.abc import Iterator

import msgspec

from contract.bodies import Sum
from contract.conformance.carriers import wrong
from contract.conformance.check import Check, judged
from contract.conformance.target import Target
from contract.conformance.together import Together, ask_together

REQUESTS = 200
# Long enough for requests to overlap, short enough for a server that answers one after another.
HOLD_MS = 20


def isolation(target: Target) -> Iterator[Check]:
    """Check that no request reads what is another's, and that every answer carries its own request id."""
    echo = f"/{target.style}/context/echo?token={{request_id}}&hold_ms={HOLD_MS}"
    together = ask_together(target.base_url, [echo] * REQUESTS)
    name = f"{target.style} context_echo keeps {REQUESTS} concurrent requests apart"
    yield judged(name, together.refused or [*wrong(together), *_foreign_ids(together)])
    adds = [f"/{target.style}/context/add?a={number}&b=0" for number in range(REQUESTS)]
    together = ask_together(target.base_url, adds)
    name = f"{target.style} context_add keeps {REQUESTS} concurrent requests apart"
    yield judged(name, together.refused or _foreign_sums(together))


def _foreign_sums(together: Together) -> Iterator[str]:
    sums = [msgspec.json.decode(answer.content, type=Sum).sum for answer in together.answers]
    leaks = sum(found != number for number, found in enumerate(sums))
    if leaks:
        yield f"{leaks} of {len(sums)} requests added the numbers of another request"
    yield from _foreign_ids(together)


def _foreign_ids(together: Together) -> Iterator[str]:
    own = zip(together.request_ids, together.answers, strict=True)
    swapped = sum(answer.headers.get("x-request-id") != request_id for request_id, answer in own)
    if swapped:
        yield f"{swapped} of {len(together.answers)} answers carry the request id of another request"
