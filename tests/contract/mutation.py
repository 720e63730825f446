"""A small betrayal of the contract, and the check that has to find it."""

from dataclasses import dataclass

from contract.conformance.suite import Section


@dataclass(frozen=True)
class Mutation:
    """In `file`, each first text becomes the second; a check whose name starts with `caught_by` has to fail.

    `also` holds changes to other files, each after its file; `session_store` is where sessions are kept.
    """

    what: str
    lane: str
    file: str
    changes: tuple[tuple[str, str], ...]
    section: Section
    caught_by: str
    also: tuple[tuple[str, str, str], ...] = ()
    session_store: str = "cookie"
