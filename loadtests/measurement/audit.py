"""What was answered to writes, held against what the database keeps of them."""

from collections.abc import Sequence

import msgspec

from loadtests.messages import Slice


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """How many writes were answered as done, how many failed, and how many the database holds more than before."""

    answered: int
    failed: int
    committed: int

    @property
    def lost(self) -> int:
        """Return how many, at least, were answered as done and are not there."""
        return max(0, self.answered - self.committed)

    @property
    def lost_at_most(self) -> int:
        """Return how many may have been lost: what failed may have been done all the same, and stand in their place."""
        return max(0, min(self.answered, self.answered + self.failed - self.committed))

    @property
    def none_lost(self) -> bool:
        """Tell whether it is known that nothing was lost: all that was answered is there, and nothing else was sent."""
        return self.failed == 0 and self.answered == self.committed

    @property
    def too_many(self) -> bool:
        """Tell whether more is there than anybody has sent."""
        return self.committed > self.answered + self.failed


def audited(client: Slice, before: int | None, after: int | None) -> Audit | None:
    """Return the audit of a slice, None where nothing was written or one of the counts is missing."""
    if before is None or after is None:
        return None
    failed = sum(client.errors.values())
    return Audit(answered=client.requests - failed, failed=failed, committed=after - before)


def added_up(audits: Sequence[Audit | None]) -> Audit | None:
    """Return what several slices wrote together, None where one of them was not audited."""
    known = [each for each in audits if each is not None]
    if not known or len(known) < len(audits):
        return None
    return Audit(
        answered=sum(each.answered for each in known),
        failed=sum(each.failed for each in known),
        committed=sum(each.committed for each in known),
    )
