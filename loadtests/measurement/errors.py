"""Errors of requests, counted kind by kind."""

from collections.abc import Sequence

from loadtests.messages import Slice

# Answers with a status that is not the right one.
REFUSED = "status"
# Failures that are answers of the server all the same; others may never have reached it.
_ANSWERED = (REFUSED, "wrong")


def failed(errors: dict[str, int]) -> int:
    """Add up errors of every kind."""
    return sum(errors.values())


def sum_errors(every: Sequence[dict[str, int]]) -> dict[str, int]:
    """Add up errors kind by kind."""
    kinds = sorted({kind for errors in every for kind in errors})
    return {kind: sum(errors.get(kind, 0) for errors in every) for kind in kinds}


def unanswered(client: Slice) -> int:
    """Return how many requests of a slice ended without an answer."""
    return sum(count for kind, count in client.errors.items() if not kind.startswith(_ANSWERED))
