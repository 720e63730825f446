"""What a run is, beside its figures: enough to judge it a year later, and to do it again."""

import datetime as dt
import platform
import shutil
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import msgspec

from loadtests.measurement.cores import Cores
from loadtests.measurement.plan import Plan
from loadtests.measurement.result import SCHEMA_VERSION
from loadtests.measurement.wish import Wish

ROOT = Path(__file__).resolve().parents[2]


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """The commit that was run; both None outside a repository."""

    commit: str | None
    dirty: bool | None


class Ceiling(msgspec.Struct, frozen=True, kw_only=True):
    """What this generator reaches against a server that does nothing."""

    qps: float
    cpu_us_per_request: float
    users: int


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """run.json: `machine` and `plan` are None until they are made, `finished_at` until the run ended by itself."""

    schema_version: int
    command: list[str]
    started_at: str
    finished_at: str | None
    wish: Wish
    cores: Cores
    python: str
    versions: dict[str, str]
    source: Source
    ceiling: list[Ceiling] = []
    plan: Plan | None = None
    notes: list[str] = []
    machine: Any = None


def now() -> str:
    """Return the time in ISO 8601 with Z."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def versions() -> dict[str, str]:
    """Return the versions of all packages of the harness's interpreter."""
    return dict(sorted((each.metadata["Name"], each.version) for each in distributions()))


def source(root: Path = ROOT) -> Source:
    """Return the commit of this project, and whether files differ from it."""
    git = shutil.which("git")
    if git is None or not (root / ".git").exists():
        return Source(commit=None, dirty=None)
    commit = _output([git, "-C", str(root), "rev-parse", "HEAD"])
    status = _output([git, "-C", str(root), "status", "--porcelain"])
    return Source(commit=commit, dirty=None if status is None else bool(status))


def _output(argv: list[str]) -> str | None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def run(wish: Wish, cores: Cores) -> Run:
    """Describe a run that begins now."""
    return Run(
        schema_version=SCHEMA_VERSION,
        command=sys.argv,
        started_at=now(),
        finished_at=None,
        wish=wish,
        cores=cores,
        python=platform.python_version(),
        versions=versions(),
        source=source(),
    )
