"""What an app says of itself, outside the styles: that it can serve, and which process answers."""

from collections.abc import Iterator

import msgspec

from contract.conformance.answers import encoded
from contract.conformance.case import Case, differences, header_differences, refusal
from contract.conformance.check import Check, judged
from contract.conformance.target import Target
from contract.rows.status import REQUEST_ID

STATS = (
    "pid", "parent_pid", "process", "threads", "rss_bytes", "cpu_s", "pool_open", "pool_waiting", "sessions_opened",
    "shared_reopened", "tasks", "gil", "versions", "requests", "looks",
)  # fmt: skip


def health(target: Target) -> Iterator[Check]:
    """Check that the app says that it can serve."""
    case = Case("/health says ok", "/health", encoded({"status": "ok"}))
    yield judged(case.name, differences(case, target.client.ask(case.path)))


def stats(target: Target) -> Iterator[Check]:
    """Check what the process that answers says of itself, and that it counts."""
    first = target.client.ask("/stats")
    yield judged("/stats has the headers of every answer", header_differences(first, {}))
    before, after = (msgspec.json.decode(answer.body, type=dict) for answer in (first, target.client.ask("/stats")))
    found = ", ".join(before)
    yield judged("/stats names its figures in order", () if tuple(before) == STATS else [f"found {found}"])
    if before["process"] == after["process"]:
        for name, what in (("requests", "requests"), ("looks", "those that only look")):
            reason = f"{name} went from {before[name]} to {after[name]}"
            yield judged(f"/stats counts {what}", () if after[name] > before[name] else [reason])


def bad_journals(target: Target) -> Iterator[Check]:
    """Check that an id that cannot be one is refused."""
    case = refusal("/journal refuses an id that cannot be one", "/journal/a_b", 422, REQUEST_ID.rule)
    yield judged(case.name, differences(case, target.client.ask(case.path)))
