"""What the machine did to a slice: time that the hypervisor or other programs took, and how busy it was."""

import os
import time
from collections.abc import Collection
from pathlib import Path

import msgspec

_STEAL, _IDLE, _WAITING = 7, 3, 4
_TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")


class MachineState(msgspec.Struct, frozen=True, kw_only=True):
    """The machine at one moment: each core's time so far by kind, in ticks, and for how long tasks waited for a core.

    `pressure_us` is None where the kernel does not count it.
    """

    at_ns: int
    cores: dict[int, tuple[int, ...]]
    pressure_us: int | None

    @classmethod
    def now(cls) -> "MachineState | None":
        """Read /proc/stat; None where there is none or it does not tell steal."""
        try:
            lines = Path("/proc/stat").read_text().splitlines()
        except OSError:
            return None
        at_ns = time.monotonic_ns()
        words = [line.split() for line in lines if line.startswith("cpu") and line[3].isdigit()]
        # Guest time, which follows steal, is contained in user time.
        cores = {int(name[3:]): tuple(map(int, ticks[: _STEAL + 1])) for name, *ticks in words}
        if not cores or any(len(ticks) <= _STEAL for ticks in cores.values()):
            return None
        return cls(at_ns=at_ns, cores=cores, pressure_us=_pressure_us())


class Strain(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to some cores between two moments.

    `steal_share` is of all cores' time, `core_steal_share` of these cores'; `busy_ns` is the time for which these cores
    ran anything; `pressure_share` is the share of the time in which some task waited for a core, `load` the
    one-minute average of tasks that run or want to, `mhz` the mean frequency of the cores; None where not told.
    """

    wall_ns: int
    steal_share: float
    core_steal_share: float
    busy_ns: int
    pressure_share: float | None
    load: float
    mhz: float | None

    def foreign_share(self, own_ns: int, cores: int) -> float:
        """Return the share of the cores' time that went to others, when `own_ns` of it was ours."""
        return max(0.0, (self.busy_ns - own_ns) / (self.wall_ns * cores))


def strain(before: MachineState | None, after: MachineState | None, cores: Collection[int]) -> Strain | None:
    """Return what happened to `cores` in between; None where the system does not tell."""
    if before is None or after is None or after.at_ns <= before.at_ns or not set(cores) <= set(after.cores):
        return None
    wall_ns = after.at_ns - before.at_ns
    every = _ticks(before, after, after.cores)
    ours = _ticks(before, after, cores)
    if not sum(every) or not sum(ours):
        return None
    # Idle time and steal are counted exactly; what a core ran is only looked at each tick, so it is what is left over.
    unused_ns = (ours[_IDLE] + ours[_WAITING] + ours[_STEAL]) * _TICK_NS
    return Strain(
        wall_ns=wall_ns,
        steal_share=every[_STEAL] / sum(every),
        core_steal_share=ours[_STEAL] / sum(ours),
        busy_ns=max(0, wall_ns * len(cores) - unused_ns),
        pressure_share=_share(before.pressure_us, after.pressure_us, wall_ns),
        load=os.getloadavg()[0],
        mhz=_mhz(cores),
    )


def _ticks(before: MachineState, after: MachineState, cores: Collection[int]) -> list[int]:
    """Add up the cores' time by kind."""
    changes = [
        [late - early for early, late in zip(before.cores[core], after.cores[core], strict=True)]
        for core in cores
        if core in before.cores
    ]
    return [sum(kind) for kind in zip(*changes, strict=True)]


def _share(before_us: int | None, after_us: int | None, wall_ns: int) -> float | None:
    return None if before_us is None or after_us is None else (after_us - before_us) * 1000 / wall_ns


def _pressure_us() -> int | None:
    try:
        return int(Path("/proc/pressure/cpu").read_text().split("total=")[1].split()[0])
    except (OSError, IndexError):
        return None


def _mhz(cores: Collection[int]) -> float | None:
    """Return the mean frequency; /proc/cpuinfo is not asked, which in a guest tells a constant."""
    try:
        khz = [int(Path(f"/sys/devices/system/cpu/cpu{core}/cpufreq/scaling_cur_freq").read_text()) for core in cores]
    except (OSError, ValueError):
        return None
    return sum(khz) / len(khz) / 1000
