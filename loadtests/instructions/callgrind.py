"""Valgrind's callgrind: where it is, how it is called, and what it wrote down."""

import platform
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from backing.problem import Problem

# Entered by the driver between two runs and by nobody else: callgrind writes down what it has counted so far.
MARK = "ctermid"
BEFORE_RUNS = 2
_SUMMARY = re.compile(rb"^summary: (\d+)", re.MULTILINE)
_HEAD = 4096


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Instructions per request of one target, and how far its repeated figures lie apart, as a share of their mean."""

    per_request: float
    spread: float


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """What one process executed: up to the first line of the driver, up to the first request, and per request."""

    interpreter: int
    app: int
    targets: dict[str, Target]


def valgrind() -> str:
    """Return the program's path; raise `Problem` with the way to install it."""
    found = shutil.which("valgrind")
    if found is None:
        raise Problem(f"instructions are counted by valgrind, which is not on PATH: {_remedy()}")
    return found


def _remedy() -> str:
    if platform.system() == "Darwin":
        return "it does not run on current macOS; use Linux, for example in a container"
    return "install it with `apt-get install valgrind` (Debian, Ubuntu) or `dnf install valgrind` (Fedora)"


def version(program: str) -> str:
    """Return valgrind's version, such as 3.19.0."""
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Problem(f"{program} --version failed with code {done.returncode}: {done.stderr.strip()}; install it anew")
    return done.stdout.strip().removeprefix("valgrind-")


def command(program: str, folder: Path) -> list[str]:
    """Return the words before the program to be watched; what is counted goes to `folder`.

    Threads take turns in the order in which they ask: without that, which one runs is chance.
    """
    return [
        program,
        "--tool=callgrind",
        f"--dump-before={MARK}",
        f"--callgrind-out-file={folder / 'callgrind.out'}",
        "--fair-sched=try",
    ]


def dumps(folder: Path) -> list[Path]:
    """Return what was written down so far, in order; the rest that callgrind writes at the end is not among it."""
    return sorted(folder.glob("callgrind.out.*"), key=lambda path: int(path.suffix[1:]))


def expected(targets: int, repeats: int) -> int:
    """Return how many files there are at the end."""
    return BEFORE_RUNS + targets * (1 + 2 * repeats)


def read(folder: Path, *, targets: Sequence[str], lengths: tuple[int, int], repeats: int) -> Counted:
    """Turn the counts of the runs into instructions per request.

    Per target there is a count of the warm-up and then `repeats` pairs, of a short and a long run: the difference of a
    pair holds nothing that each run does once. Raises `ValueError` where counts are missing.
    """
    counts = [_count(path) for path in dumps(folder)]
    if len(counts) != expected(len(targets), repeats):
        raise ValueError(f"callgrind wrote {len(counts)} of {expected(len(targets), repeats)} counts")
    of_targets = np.array(counts[BEFORE_RUNS:]).reshape(len(targets), 1 + 2 * repeats)[:, 1:]
    found = {}
    for name, pairs in zip(targets, of_targets.reshape(len(targets), repeats, 2), strict=True):
        figures = (pairs[:, 1] - pairs[:, 0]) / (lengths[1] - lengths[0])
        mean = float(figures.mean())
        found[name] = Target(per_request=mean, spread=float(np.ptp(figures)) / mean)
    return Counted(interpreter=counts[0], app=counts[1], targets=found)


def _count(path: Path) -> int:
    with path.open("rb") as file:
        found = _SUMMARY.search(file.read(_HEAD))
    if found is None:
        raise ValueError(f"callgrind's {path.name} holds no summary")
    return int(found[1])
