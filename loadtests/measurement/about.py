"""What a run is, beside its figures: enough to judge it a year later, and to do it again."""

import datetime as dt
import platform
import shutil
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

import msgspec

from loadtests.doctor import Diagnosis
from loadtests.measurement.cores import Cores
from loadtests.measurement.plan import Plan
from loadtests.measurement.result import SCHEMA_VERSION
from loadtests.measurement.wish import Wish
from loadtests.servers import stack
from loadtests.servers.environment import set_by_hand

ROOT = Path(__file__).resolve().parents[2]


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """The commit that was run; both None outside a repository."""

    commit: str | None
    dirty: bool | None


class Ceiling(msgspec.Struct, frozen=True, kw_only=True):
    """What this generator reaches against a server that does nothing, on so many cores as `generators` says."""

    qps: float
    cpu_us_per_request: float
    users: int
    generators: int = 1


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """run.json: what was asked for, on which machine, with which versions, and what was planned.

    `versions` are the harness's, `stack_versions` those that the lanes run on; `environment` is what the person's own
    variables change of the servers. `machine` and `plan` are None until they are made, `finished_at` until the run
    ended by itself; `resumed_at` are the times at which it went on, on the same machine.
    `load_share` is the share of the run's time, from its first second to its report, that slices which count took.
    `flames` are the flame graphs in the run's folder, by `loadtests.measurement.group.file_stem` of their cells.
    """

    schema_version: int
    command: list[str]
    started_at: str
    finished_at: str | None
    wish: Wish
    cores: Cores
    versions: dict[str, str]
    stack_versions: dict[str, str]
    source: Source
    environment: dict[str, str] = {}
    ceiling: list[Ceiling] = []
    plan: Plan | None = None
    notes: list[str] = []
    machine: Diagnosis | None = None
    resumed_at: list[str] = []
    load_share: float | None = None
    flames: dict[str, str] = {}


def now() -> str:
    """Return the time in ISO 8601 with Z."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def versions() -> dict[str, str]:
    """Return the versions of Python and of all packages of the harness."""
    packages = sorted((each.metadata["Name"], each.version) for each in distributions())
    return {"Python": platform.python_version(), **dict(packages)}


_ASK_VERSIONS = """
import json, platform
from importlib.metadata import distributions
packages = sorted((each.metadata["Name"], each.version) for each in distributions())
print(json.dumps({"Python": platform.python_version(), **dict(packages)}))
"""


def stack_versions(name: str) -> dict[str, str]:
    """Return the versions that the lanes run on, empty where their interpreter does not tell."""
    answer = _output([str(stack(name).python), "-c", _ASK_VERSIONS])
    return msgspec.json.decode(answer, type=dict[str, str]) if answer else {}


def source(root: Path = ROOT) -> Source:
    """Return the commit of this project, and whether files differ from it; what stands in `docs` moves no figure."""
    git = shutil.which("git")
    if git is None or not (root / ".git").exists():
        return Source(commit=None, dirty=None)
    commit = _output([git, "-C", str(root), "rev-parse", "HEAD"])
    status = _output([git, "-C", str(root), "status", "--porcelain", "--", ".", ":(exclude)docs"])
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
        versions=versions(),
        stack_versions=stack_versions(wish.stack),
        source=source(),
        environment=set_by_hand(),
    )
