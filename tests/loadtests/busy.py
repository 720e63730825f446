"""What a busy machine may be blamed for, in tests that cannot ask for a quiet one."""

from typing import Any

NOISE = frozenset({"behind", "generator", "little", "steady", "steal"})


def checks(cell: dict[str, Any]) -> set[str]:
    """Return which checks a cell of `summary.json`, or of a test of the web UI, failed."""
    return {reason["check"] for reason in cell["reasons"]}
