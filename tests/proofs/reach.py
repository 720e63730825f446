"""How far one worker of a distributed load goes, and how many make a million requests a second."""

import textwrap
from pathlib import Path

import msgspec

from loadtests.workers import reach
from tests.proofs.writing import judge, table, write

TARGETS = (10_000, 100_000, 1_000_000)
# What two workers with a core each have to do beside one.
TIMES = 1.8
BEGIN, END = "<!-- by python -m tests.proofs reach -->\n", "<!-- end -->"
_TITLE = "How far one worker goes"


def prove(out: Path) -> Path:
    """Measure one worker and two, and write what targets take, also where the documentation says it."""
    found = reach.measure(users=64, rounds=15, seconds=1)
    out.mkdir(parents=True, exist_ok=True)
    (out / "reach.json").write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
    told = said(found)
    _tell(out.parent / "distributed.md", told)
    rows = [
        (f"{target:,} requests/s", f"{found.workers_for(target):,}", f"{found.gigabits_for(target):,.2f}")
        for target in TARGETS
    ]
    head = ["target", "workers with a core each", "Gbit/s of answers"]
    lines = [*told, "", "As data: `reach.json`.", "", *table(head, rows)]
    if found.two_over_one is None:
        return write(out, "reach", _TITLE, lines)
    criteria = {f"two workers do at least {TIMES} times what one does": found.two_over_one >= TIMES}
    return judge(out, "reach", _TITLE, lines, criteria)


def said(found: reach.Reach) -> list[str]:
    """Return the lines of the documentation."""
    return [line for each in reach.told(found, TARGETS[-1]) for line in textwrap.wrap(each, 120)]


def _tell(docs: Path, told: list[str]) -> None:
    """Put what was found in its place in the documentation, where there is one."""
    text = docs.read_text() if docs.exists() else ""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if begin and end:
        docs.write_text(before + begin + "\n".join(told) + "\n" + end + after)
