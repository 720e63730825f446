"""Do hooks and signals run in the order that the contract states? The app's own journal tells, for traced requests."""

from collections.abc import Iterator

from contract.conformance.check import Check, skipped
from contract.conformance.target import Target


def journals(target: Target) -> Iterator[Check]:
    """Check the order of hooks and signals, and that nothing is recorded without being asked for."""
    if target.processes > 1:
        yield skipped(
            f"{target.style} journal", f"{target.processes} processes answer, and each keeps a journal of its own"
        )
