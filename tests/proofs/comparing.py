"""Run `trilane compare` as a person would, and read its summary."""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from loadtests.measurement.about import Run
from loadtests.measurement.group import Group, group_of
from loadtests.measurement.record import Record
from loadtests.measurement.result import Summary
from loadtests.measurement.store import read_records, read_run, read_summary
from loadtests.measurement.verdict import Control, Verdict

TRILANE = Path(sys.executable).with_name("trilane")
# Untrusted is a result as well: a proof shows it.
_RESULTS = (0, 3)


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What a run left; `exit_code` is 0, or 3 where it does not trust itself, `took_s` what the whole command took."""

    run: Run
    summary: Summary
    records: list[Record]
    exit_code: int
    took_s: float

    def verdict(self, a: str, b: str, metric: str, scenario: str) -> Verdict:
        """Return how `a` compares with `b`; raise `LookupError` where they were not compared."""
        for each in self.summary.verdicts:
            if (each.metric, each.scenario) == (metric, scenario):
                if (each.a, each.b) == (a, b):
                    return each
                if (each.b, each.a) == (a, b):
                    return turned(each)
        raise LookupError((a, b, metric, scenario))

    def control(self, metric: str, scenario: str) -> Control | None:
        """Return the hidden control of a scenario, None where there was none."""
        found = [each for each in self.summary.controls if (each.metric, each.scenario) == (metric, scenario)]
        return found[0] if found else None

    @property
    def groups(self) -> list[Group]:
        """Return all kinds of work."""
        return list(dict.fromkeys(group_of(cell) for cell in self.summary.cells))


def turned(verdict: Verdict) -> Verdict:
    """Return it as seen from the other side."""
    words = {"faster": "slower", "slower": "faster"}
    return msgspec.structs.replace(
        verdict,
        a=verdict.b,
        b=verdict.a,
        ratio=None if verdict.ratio is None else 1 / verdict.ratio,
        low=None if verdict.high is None else 1 / verdict.high,
        high=None if verdict.low is None else 1 / verdict.low,
        verdict=words.get(verdict.verdict, verdict.verdict),
    )


def compare(*options: str | Path, before: Sequence[str | Path] = (), keep: Path | None = None) -> Done:
    """Run it; `before` stands before the command, `keep` is a folder for what it leaves.

    Raise `AssertionError` with what it said when it fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        words = [TRILANE, *before, "compare", *options, "--out", out, "--json"]
        began_s = time.monotonic()
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        took_s = time.monotonic() - began_s
        if done.returncode not in _RESULTS:
            raise AssertionError(f"exit code {done.returncode}: {done.stderr[-2_000:]}")
        if keep is not None:
            shutil.copytree(out, keep, dirs_exist_ok=True)
        return Done(
            run=read_run(out),
            summary=read_summary(out),
            records=read_records(out),
            exit_code=done.returncode,
            took_s=took_s,
        )
