"""What an audit says against a cell: writes that were answered as done and are not there, or more than were sent."""

from collections.abc import Iterator, Mapping

from loadtests.measurement.audit import Audit
from loadtests.measurement.result import Reason

# The lock that is none: what is lost there is the finding.
UNSAFE = "none"


def lost_of(audit: Audit) -> str:
    """Return how many writes were lost: `3`, or where failed requests may hide some, `3 to 7`."""
    return f"{audit.lost:,}" if audit.lost == audit.lost_at_most else f"{audit.lost:,} to {audit.lost_at_most:,}"


def contradictions(audit: Audit | None, params: Mapping[str, str | int]) -> Iterator[Reason]:
    """Return why a cell cannot be trusted: a lock that surely loses writes, or more of them than anybody sent.

    Losses that failed requests may hide contradict nothing: they are told as what is not known.
    """
    if audit is None:
        return
    if audit.lost > 0 and params.get("lock") != UNSAFE:
        yield Reason(
            check="audit",
            reason=f"{lost_of(audit)} of {audit.answered} writes that were answered as done are not in the database",
            remedy="this lock does not hold: run `trilane check` on the lane",
        )
    if audit.too_many:
        yield Reason(
            check="audit",
            reason=f"{audit.committed} writes were added, and only {audit.answered + audit.failed} were sent",
            remedy="something else writes to the same rows; let nothing but the generator reach them",
        )
