"""Valgrind's callgrind: where it is, how it is called, and what it wrote down."""

import platform
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from backing.problem import Problem

# Entered by the driver between two runs and by nobody else: callgrind writes down what it has counted so far.
MARK = "ctermid"
BEFORE_RUNS = 2
_SUMMARY = re.compile(rb"^summary: (\d+)", re.MULTILINE)
# CPython looks an attribute up in the classes themselves where its cache has lost it. What the cache loses depends on
# the addresses of names, so that a longer path or one more line elsewhere moves a figure by some tenths of a percent.
_LOOKUP = b"find_name_in_mro"
_CALLED = re.compile(rb"^cfn=\((\d+)\)(?: (\S+))?(?:\n(?:cob|cfi|cfl)=.*)*\ncalls=.*\n\S+ (\d+)", re.MULTILINE)
_NAMED = re.compile(rb"^c?fn=\((\d+)\) (\S+)", re.MULTILINE)


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Instructions per request of one target, and how far its repeated figures lie apart, as a share of their mean.

    `lookups` are those for attributes that the interpreter's cache had lost, which `per_request` does not hold; None
    where the interpreter's symbols do not tell them, and `per_request` holds them.
    """

    per_request: float
    spread: float
    lookups: float | None


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
    told = any(each.told for each in counts)
    found = {}
    for at, name in enumerate(targets):
        first = BEFORE_RUNS + at * (1 + 2 * repeats) + 1
        runs = counts[first : first + 2 * repeats]
        lookups = _per_request([each.lookups for each in runs], lengths)
        figures = _per_request([each.whole for each in runs], lengths) - lookups
        mean = float(figures.mean())
        found[name] = Target(
            per_request=mean,
            spread=float(np.ptp(figures)) / mean,
            lookups=float(lookups.mean()) if told else None,
        )
    return Counted(interpreter=counts[0].whole, app=counts[1].whole, targets=found)


class _Count(msgspec.Struct, frozen=True):
    """All instructions between two marks, and those of lost lookups among them."""

    whole: int
    lookups: int
    told: bool


def _per_request(runs: Sequence[int], lengths: tuple[int, int]) -> NDArray[np.float64]:
    """Return one figure for each pair of a short and a long run."""
    pairs = np.array(runs, dtype=np.float64).reshape(-1, 2)
    found: NDArray[np.float64] = (pairs[:, 1] - pairs[:, 0]) / (lengths[1] - lengths[0])
    return found


def _count(path: Path) -> _Count:
    text = path.read_bytes()
    found = _SUMMARY.search(text)
    if found is None:
        raise ValueError(f"callgrind's {path.name} holds no summary")
    # A name stands where its function comes first; later there is only its number.
    numbers = {number for number, name in _NAMED.findall(text) if _plain(name) == _LOOKUP}
    lookups = sum(int(cost) for number, _, cost in _CALLED.findall(text) if number in numbers)
    return _Count(whole=int(found[1]), lookups=lookups, told=bool(numbers))


def _plain(name: bytes) -> bytes:
    """Return a function's name without the marks of a recursion (name'2) and of a compiler's copy (name.part.0)."""
    return re.split(rb"['.]", name, maxsplit=1)[0]
