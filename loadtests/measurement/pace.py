"""How fast the servers' cores were in a slice: read from what `loadtests/pace.py` notes on each of them."""

import contextlib
import os
import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from statistics import fmean

import msgspec
import numpy as np
from numpy.typing import NDArray

from backing.leash import bare_environment, leashed
from loadtests import pace as program
from loadtests.measurement.record import Pace

# Fewer pieces of work say little of a core.
_LEAST = 10
_US = 1_000.0
_NONE = np.empty((0, 3), dtype=np.int64)


class Paced(msgspec.Struct, frozen=True, kw_only=True):
    """The pace of the cores, and the CPU time that measuring it took on those of the servers."""

    pace: Pace
    cpu_ns: int


class Pacers:
    """The programs that measure the cores, by core, and the files that they write."""

    def __init__(self, files: dict[int, Path]) -> None:
        self._files = files
        self._read = dict.fromkeys(files, 0)
        self._kept = dict.fromkeys(files, _NONE)

    def between(self, began_ns: int, ended_ns: int, servers: Collection[int], others: Collection[int]) -> Paced:
        """Return the pace of the cores from one monotonic time to a later one.

        What ended before `began_ns` is forgotten, so times are asked for in the order of their beginnings.
        """
        found = {core: self._between(core, began_ns, ended_ns) for core in (*servers, *others)}
        own, rest = ([found[core] for core in cores] for cores in (servers, others))
        return Paced(
            pace=Pace(servers_us=_mean_us(own), others_us=_mean_us(rest)),
            cpu_ns=sum(int(np.ptp(samples[:, 2])) for samples in own if len(samples)),
        )

    def _between(self, core: int, began_ns: int, ended_ns: int) -> NDArray[np.int64]:
        if core not in self._files:
            return _NONE
        samples = np.concatenate((self._kept[core], self._new(core)))
        self._kept[core] = samples = samples[samples[:, 0] >= began_ns]
        return samples[samples[:, 0] <= ended_ns]

    def _new(self, core: int) -> NDArray[np.int64]:
        """Return what was noted since the last look: when it ended, what it took, what was spent, in each row."""
        size = program.SAMPLE.size
        with self._files[core].open("rb") as file:
            file.seek(self._read[core])
            text = file.read()
        text = text[: len(text) // size * size]
        self._read[core] += len(text)
        return np.frombuffer(text, dtype=np.int64).reshape(-1, 3)


def _mean_us(cores: Sequence[NDArray[np.int64]]) -> float | None:
    """Return the mean over cores, None where there are none or one of them does not tell enough."""
    if not cores or min(map(len, cores)) < _LEAST:
        return None
    return fmean(float(samples[:, 1].mean()) for samples in cores) / _US


@contextlib.contextmanager
def pacers(cores: Collection[int], folder: Path, *, log: Path) -> Iterator[Pacers]:
    """Measure each of `cores` until the end of the block, where the system can keep a program on a core."""
    with contextlib.ExitStack() as stack:
        files: dict[int, Path] = {}
        for core in sorted(cores) if hasattr(os, "sched_setaffinity") else ():
            files[core] = folder / f"pace-{core}"
            files[core].touch()
            argv = [sys.executable, "-I", "-S", program.__file__, str(files[core])]
            stack.enter_context(leashed(argv, log=log, environment=bare_environment(), cores={core}, grace_s=0.0))
        yield Pacers(files)
