"""A copy of the apps in which every request burns a known amount of CPU time more, and says how much it was.

The copy's first hook does some work, and in some requests reads its thread's own CPU clock before and after, so what
was burnt is known from inside the server, by another clock than the one that the duet reads.
"""

import contextlib
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean

import msgspec

from loadtests.servers.stacks import ROOT
from tests.proofs.dueting import duet

APPS = ("flask_app", "fastapi_app")
COPIED = ("contract", "backing", *APPS, "django_app", "loadtests")
# One thread answers all its requests, so what its hook burns is what its process burns. Where threads take turns at an
# interpreter, each that works longer lets others wait, and that costs something too.
LANE = "fastapi-coroutine"
# The first hook of each app notes that the request has arrived.
_HOOK = (r"(?m)^( +)((?:traced = )?arrived\(\))$", r"\1\2\n\1burn()")
_IMPORT = (r"(?m)^from backing.identity import", "from backing.burning import burn\nfrom backing.identity import")
_BURNING = '''"""Burn CPU time, and note of some requests how much."""

import itertools
import os
import time
from pathlib import Path

_TIMES = {times}
_NOTES = Path({notes!r})
_turn = itertools.count(1)


def burn() -> None:
    if next(_turn) % {every}:
        _work()
        return
    before_ns = time.thread_time_ns()
    _work()
    after_ns = time.thread_time_ns()
    reading_ns = time.thread_time_ns() - after_ns
    with (_NOTES / f"{{os.getpid()}}").open("a") as notes:
        notes.write(f"{{after_ns - before_ns - reading_ns}}\\n")


def _work() -> None:
    value = 1
    for _ in range(_TIMES):
        value = (value * 5 + 1) & 1023
'''
# A thread that reads its CPU clock makes the kernel share the core out anew, which costs both sides more than what is
# measured: done in every request it made a lane an eighth dearer. So one request in so many does.
_EVERY = 200
_SECONDS = "30"
# Many are far above the clock's own steps.
_TRIED = (1_000, 50)


class Slowed(msgspec.Struct, frozen=True, kw_only=True):
    """A checkout whose app burns `times` steps of work in each request."""

    folder: Path
    notes: Path
    times: int

    def burnt_us(self) -> float:
        """Return what a request burnt on average, by the servers' own clocks, since the last call."""
        files = list(self.notes.iterdir())
        noted = [int(line) for file in files for line in file.read_text().splitlines()]
        for file in files:
            file.unlink()
        return fmean(noted) / 1e3


@contextlib.contextmanager
def burning(times: int) -> Iterator[Slowed]:
    """Make a copy whose requests burn `times` steps of work each."""
    with tempfile.TemporaryDirectory(prefix="slowed-") as parent:
        folder, notes = Path(parent) / "slowed", Path(parent) / "notes"
        notes.mkdir()
        for name in COPIED:
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "backing/burning.py").write_text(_BURNING.format(times=times, notes=str(notes), every=_EVERY))
        for app in APPS:
            _slow(folder / app / "hooks.py")
        yield Slowed(folder=folder, notes=notes, times=times)


def _slow(hooks: Path) -> None:
    text = hooks.read_text()
    for old, new in (_HOOK, _IMPORT):
        text, count = re.subn(old, new, text)
        if count != 1:
            raise LookupError(f"{old} stands {count} times in {hooks}")
    hooks.write_text(text)


def times_for(share: float, lane: str = LANE, plain: Slowed | None = None) -> int:
    """Return how many steps of work cost `share` of a request's CPU time; `plain` is a copy that does none.

    What the first step costs is more than what each further one does, so it is told from two numbers of steps.
    """
    many, few = (_burnt(times, lane, plain) for times in _TRIED)
    step = (many - few) / (_TRIED[0] - _TRIED[1])
    return max(1, round(_TRIED[1] + (share - few) / step))


def _burnt(times: int, lane: str, plain: Slowed | None) -> float:
    """Return what share of a request's CPU time so many steps cost, both told at the same moment."""
    root = ROOT if plain is None else plain.folder
    with burning(times) as slowed:
        played = duet(lane, "--scenario", "hello", "--checkout-b", slowed.folder, "--seconds", _SECONDS, root=root)
        return (slowed.burnt_us() - (plain.burnt_us() if plain else 0.0)) / played.cpu_us[0]
