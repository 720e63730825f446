"""Run `trilane instructions` as a person would, and read its figures."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from loadtests.instructions.result import Counts
from loadtests.servers.stacks import ROOT

# Most of a process's time is its start; more requests would sharpen a figure that repeats within 0.1 % already.
_REQUESTS = "60"


def instructions(lanes: Sequence[str], checkout: Path | None = None) -> dict[str, float]:
    """Return the instructions of a `hello` per lane; raise `AssertionError` with what was said when it fails."""
    words = [sys.executable, "-m", "loadtests", "instructions", *lanes, "--requests", _REQUESTS, "--json"]
    words += ["--checkout", str(checkout)] if checkout else []
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(f"exit code {done.returncode}: {done.stderr[-2_000:]}")
    counts = msgspec.json.decode(done.stdout, type=Counts)
    return {row.lane: row.instructions_per_request for row in counts.lanes}
