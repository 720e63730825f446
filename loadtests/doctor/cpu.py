"""Whether the CPU is ours: cores, their siblings, a quota, steal, other load, frequency, clock."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

import psutil

from loadtests.doctor.finding import Finding, Kernel, unknown

_STEAL_LIMIT = 0.02
_OTHER_LOAD_LIMIT_CORES = 0.1
_PRESSURE_LIMIT_PERCENT = 10.0
_TOP = 3
_STEAL_COLUMN = 7
_FAST_CLOCKS = {"tsc", "kvm-clock", "arch_sys_counter", "hyperv_clocksource_tsc_page", "xen"}


@dataclass(frozen=True)
class Watched:
    """What happened on the machine while the doctor did nothing: `steal_share`, and cores used per process name."""

    seconds: float
    steal_share: float | None
    used_cores: dict[str, float]


def watch(kernel: Kernel, seconds: float) -> Watched:
    """Look at the machine twice, `seconds` apart."""
    started = time.monotonic()
    ticks, used = _ticks(kernel), _cpu_seconds()
    time.sleep(seconds)
    ticks_after, used_after = _ticks(kernel), _cpu_seconds()
    passed = time.monotonic() - started
    steal = None
    if ticks and ticks_after and sum(ticks_after) > sum(ticks):
        steal = (ticks_after[_STEAL_COLUMN] - ticks[_STEAL_COLUMN]) / (sum(ticks_after) - sum(ticks))
    cores: dict[str, float] = {}
    for (pid, name), now in used_after.items():
        cores[name] = cores.get(name, 0.0) + (now - used.get((pid, name), now)) / passed
    return Watched(passed, steal, cores)


def _ticks(kernel: Kernel) -> list[int]:
    """Return the machine's CPU time by kind, guest time (which user time contains) left out."""
    text = kernel.read("proc/stat")
    return [int(word) for word in text.splitlines()[0].split()[1:9]] if text else []


def _cpu_seconds() -> dict[tuple[int, str], float]:
    used = {}
    for process in psutil.process_iter(["pid", "name", "cpu_times"]):
        times = process.info["cpu_times"]
        if times is not None and process.pid != psutil.Process().pid:
            used[process.pid, process.info["name"] or "?"] = times.user + times.system
    return used


def cores(available: tuple[int, ...]) -> Finding:
    """Tell on how many cores servers and generator can be kept apart."""
    enough = len(available) > 1
    return Finding(
        name="cores",
        verdict="ok" if enough else "warning",
        value=len(available),
        says=f"usable: {', '.join(map(str, available))}",
        remedy="" if enough else "servers and generator share the one core, so no figure is a ceiling; use two",
    )


def siblings(kernel: Kernel, available: tuple[int, ...]) -> Finding:
    """Tell whether two of the cores are threads of one."""
    lists = {kernel.read(f"sys/devices/system/cpu/cpu{core}/topology/thread_siblings_list") for core in available}
    if None in lists:
        return unknown("siblings")
    shared = sorted(text for text in lists if text and len(_numbers(text) & set(available)) > 1)
    return Finding(
        name="siblings",
        verdict="warning" if shared else "ok",
        value=len(shared),
        unit="pairs",
        says=f"threads of one core: {'; '.join(shared)}" if shared else "every usable core is one of its own",
        remedy="what runs on one thread slows the other: give --cores that are not siblings" if shared else "",
    )


def _numbers(text: str) -> set[int]:
    """Return the numbers that the kernel's `0-3,8` lists."""
    found: set[int] = set()
    for part in text.split(","):
        low, _, high = part.partition("-")
        found |= set(range(int(low), int(high or low) + 1))
    return found


def quota(kernel: Kernel, available: tuple[int, ...]) -> Finding:
    """Tell whether a container or service may use less than its cores."""
    groups = kernel.read("proc/self/cgroup")
    if groups is None:
        return unknown("cpu quota")
    limits = [limit for line in groups.splitlines() for limit in _limits(kernel, line)]
    if not limits:
        return Finding(name="cpu quota", verdict="ok", value=None, says="none")
    allowed = min(limits)
    enough = allowed >= len(available)
    return Finding(
        name="cpu quota",
        verdict="ok" if enough else "warning",
        value=allowed,
        unit="cores",
        says=f"this control group may use {allowed:g} of {len(available)} cores",
        remedy="" if enough else "it is stopped in the middle of slices: raise the limit or pin it to cores instead",
    )


def _limits(kernel: Kernel, line: str) -> Iterator[float]:
    """Return the limits, in cores, of the group in a line of /proc/self/cgroup and of all groups above it."""
    _, controllers, path = line.split(":", 2)
    if controllers and "cpu" not in controllers.split(","):
        return
    # In a container its own group may stand at the top, whatever the path says; the top is looked at as well.
    for folder in (PurePosixPath(path), *PurePosixPath(path).parents):
        inner = str(folder).strip("/")
        if controllers:
            quota_us = kernel.read(f"sys/fs/cgroup/cpu/{inner}/cpu.cfs_quota_us")
            period_us = kernel.read(f"sys/fs/cgroup/cpu/{inner}/cpu.cfs_period_us")
        else:
            quota_us, _, period_us = (kernel.read(f"sys/fs/cgroup/{inner}/cpu.max") or "max").partition(" ")
        if quota_us and period_us and quota_us not in {"max", "-1"}:
            yield int(quota_us) / int(period_us)


def steal(watched: Watched) -> Finding:
    """Tell how much of the CPU the hypervisor gave to others."""
    if watched.steal_share is None:
        return unknown("steal")
    high = watched.steal_share > _STEAL_LIMIT
    return Finding(
        name="steal",
        verdict="warning" if high else "ok",
        value=round(watched.steal_share, 4),
        unit="of CPU time",
        says=f"{watched.steal_share:.1%} over {watched.seconds:.1f} s",
        remedy="other guests take the CPU: trust ratios more than figures, take more rounds" if high else "",
    )


def other_load(watched: Watched) -> Finding:
    """Tell what else uses the CPU now."""
    total = sum(watched.used_cores.values())
    top = sorted(watched.used_cores.items(), key=lambda item: -item[1])[:_TOP]
    named = ", ".join(f"{name} {used:.2f}" for name, used in top if used > 0.01)  # noqa: PLR2004 - below, nobody cares
    busy = total > _OTHER_LOAD_LIMIT_CORES
    return Finding(
        name="other load",
        verdict="warning" if busy else "ok",
        value=round(total, 3),
        unit="cores",
        says=f"{total:.2f} cores in use{f' ({named})' if named else ''}",
        remedy="end or pause what else runs" if busy else "",
    )


def pressure(kernel: Kernel) -> Finding:
    """Tell how long tasks waited for a core lately."""
    text = kernel.read("proc/pressure/cpu")
    if text is None:
        return Finding(
            name="cpu pressure",
            verdict="unknown",
            value=None,
            says="the kernel does not count it, so results show none; Linux does with the boot option psi=1",
        )
    percent = float(text.split("avg10=")[1].split()[0])
    high = percent > _PRESSURE_LIMIT_PERCENT
    return Finding(
        name="cpu pressure",
        verdict="warning" if high else "ok",
        value=percent,
        unit="%",
        says=f"some task waited for a core {percent:g} % of the last 10 s",
        remedy="wait until the machine is idle" if high else "",
    )


def governor(kernel: Kernel) -> Finding:
    """Tell whether the frequency follows the load."""
    name = kernel.read("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
    if name is None:
        return unknown("governor")
    steady = name == "performance"
    return Finding(
        name="governor",
        verdict="ok" if steady else "warning",
        value=name,
        says=f"{name}{'' if steady else ': the frequency follows the load'}",
        remedy="" if steady else "`cpupower frequency-set -g performance` as root, for the time of the run",
    )


def power() -> Finding:
    """Tell whether the machine saves its battery."""
    battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    if battery is None:
        return Finding(name="power", verdict="ok", value=None, says="no battery")
    plugged = bool(battery.power_plugged)
    return Finding(
        name="power",
        verdict="ok" if plugged else "warning",
        value=round(battery.percent),
        unit="% of battery",
        says="plugged in" if plugged else "on battery",
        remedy="" if plugged else "plug it in: on battery the cores slow down",
    )


def clock(kernel: Kernel) -> Finding:
    """Tell what reading the time costs, which is done for every request."""
    source = kernel.read("sys/devices/system/clocksource/clocksource0/current_clocksource")
    reads = 2_000
    started = time.perf_counter_ns()
    for _ in range(reads):
        time.monotonic_ns()
    cost_ns = (time.perf_counter_ns() - started) / reads
    slow = source is not None and source not in _FAST_CLOCKS
    return Finding(
        name="clock",
        verdict="warning" if slow else "ok",
        value=round(cost_ns),
        unit="ns a reading",
        says=f"{source or 'source not told'}, {cost_ns:.0f} ns a reading",
        remedy="a clock that asks the kernel slows client and servers: boot with a tsc clock source" if slow else "",
    )
