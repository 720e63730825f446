"""Run `trilane duet` as a person would, and read its summary."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from loadtests.duet.conclude import DuetSummary
from loadtests.measurement.store import SUMMARY
from loadtests.measurement.verdict import Verdict
from loadtests.servers.stacks import ROOT
from tests.proofs.writing import table

CPU = "cpu_us_per_request"
HEAD = ("duet", "ratio", "95 %", "half-width", "starts", "between starts", "share of a", "verdict", "took")


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """What a duet left, and how long the command took."""

    summary: DuetSummary
    took_s: float

    def verdict(self, metric: str = CPU) -> Verdict:
        """Return how a compares with b; raise `LookupError` where they were not compared."""
        for each in self.summary.verdicts:
            if each.metric == metric:
                return each
        raise LookupError("; ".join(self.summary.sentences))

    @property
    def half_width(self) -> float:
        """Return the half-width of the interval of CPU per request, as a share."""
        return self.summary.duet.half_width[CPU]

    @property
    def cpu_us(self) -> tuple[float, float]:
        """Return the CPU time per request of both sides."""
        a, b = (cell.cpu_us_per_request or 0.0 for cell in self.summary.cells)
        return a, b


def duet(*options: str | Path, root: Path = ROOT) -> Played:
    """Run that of the checkout in `root`; raise `AssertionError` with what it said when it fails."""
    with tempfile.TemporaryDirectory() as folder:
        out, began = Path(folder) / "run", time.monotonic()
        words = [sys.executable, "-m", "loadtests", "duet", *options, "--out", out, "--json"]
        done = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False)
        took_s = time.monotonic() - began
        if done.returncode:
            raise AssertionError(f"exit code {done.returncode}: {done.stderr[-2_000:]} {done.stdout[-2_000:]}")
        return Played(summary=msgspec.json.decode((out / SUMMARY).read_bytes(), type=DuetSummary), took_s=took_s)


def row(name: str, played: Played) -> tuple[object, ...]:
    """Return a duet's line of the table that `HEAD` begins."""
    verdict, found = played.verdict(), played.summary.duet
    return (
        name,
        f"{verdict.ratio:.4f}",
        f"{verdict.low:.4f} to {verdict.high:.4f}",
        f"{played.half_width:.2%}",
        found.starts,
        f"{found.between_starts or 0:.2%}",
        f"{found.core_share_a or 0:.1%}",
        verdict.verdict,
        f"{played.took_s:.0f} s",
    )


def rows(named: Sequence[tuple[str, Played]]) -> list[str]:
    """Return duets as a table."""
    return table(HEAD, [row(name, played) for name, played in named])
