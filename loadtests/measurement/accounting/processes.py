"""The state of a process tree at one moment, and what it used between two.

The total of a control group holds whoever ran in it. Where there is none, the clocks of those that run are added up,
and what their ended children left with them, which the kernel tells in steps of 10 ms. A process that appeared or ended
between two readings makes other differences meaningless; it is told apart by its start time.
"""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

import msgspec
import psutil

from backing import tree as processes
from loadtests.measurement.accounting.cpu import LINUX, Cpu, cpu_ns, gone_is_os_error, of_group

_TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a process tree at one moment: `identities` are (pid, start time) of all processes.

    `clocks` adds up the processes' clocks and what ended children left, `group` is the control group's count.
    """

    identities: frozenset[tuple[int, float]]
    clocks: Cpu
    group: Cpu | None
    rss_bytes: int
    threads: int
    context_switches: int | None

    @property
    def cpu_ns(self) -> int:
        """Return the CPU time so far."""
        return (self.group or self.clocks).total_ns

    def same_processes(self, other: "Reading") -> bool:
        """Whether nobody died or was born in between."""
        return self.identities == other.identities


class One(msgspec.Struct, frozen=True, kw_only=True):
    """One process; `ended_ns` is the CPU time of those of its children, and theirs, that ended and were buried."""

    started: float
    used_ns: int
    user_ns: int
    system_ns: int
    ended_ns: int
    rss_bytes: int
    threads: int
    context_switches: int | None


def used(before: Reading, after: Reading) -> Cpu:
    """Return the CPU time used in between, by the group where both readings know it."""
    if before.group is not None and after.group is not None:
        return after.group.since(before.group)
    return after.clocks.since(before.clocks)


def read(pids: Iterable[int], *, group: Path | None = None, heir: int | None = None) -> Reading:
    """Read a process tree; a process that ends meanwhile is left out, which the next comparison shows.

    `group` is its control group. `heir` is a process outside the tree that inherits and buries its orphans.
    """
    found: dict[tuple[int, float], One] = {}
    for pid in pids:
        with contextlib.suppress(OSError, psutil.Error):
            one = _one(pid)
            found[pid, one.started] = one
    every = found.values()
    inherited_ns = 0 if heir is None else _left_with(heir)
    ended_ns = sum(one.ended_ns for one in every) + inherited_ns
    switches = [one.context_switches for one in every if one.context_switches is not None]
    return Reading(
        identities=frozenset(found),
        clocks=Cpu(
            total_ns=sum(one.used_ns for one in every) + ended_ns,
            user_ns=sum(one.user_ns for one in every),
            system_ns=sum(one.system_ns for one in every),
        ),
        group=of_group(group),
        rss_bytes=sum(one.rss_bytes for one in every),
        threads=sum(one.threads for one in every),
        context_switches=sum(switches) if len(switches) == len(found) else None,
    )


def total(root: int, *, group: Path | None) -> Cpu:
    """Return the CPU time so far of a process and all below it, by their group where there is one."""
    return of_group(group) or read(tree(root)).clocks


def _one(pid: int) -> One:
    return _from_files(pid) if LINUX else _from_psutil(pid)


def _from_files(pid: int) -> One:
    used_ns, fields = cpu_ns(pid), _fields(pid)
    user, system, of_children = int(fields[11]), int(fields[12]), int(fields[13]) + int(fields[14])
    return One(
        started=float(fields[19]),
        used_ns=used_ns,
        user_ns=user * _TICK_NS,
        system_ns=system * _TICK_NS,
        ended_ns=of_children * _TICK_NS,
        rss_bytes=int(fields[21]) * _PAGE_BYTES,
        threads=int(fields[17]),
        context_switches=_context_switches(pid),
    )


def _fields(pid: int) -> list[str]:
    """Return what stands in /proc/PID/stat after the name, which may itself hold spaces and brackets."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _left_with(pid: int) -> int:
    """Return the CPU time of the children that a process buried."""
    try:
        fields = _fields(pid)
    except OSError:
        return 0
    return (int(fields[13]) + int(fields[14])) * _TICK_NS


def _context_switches(pid: int) -> int:
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - names are all that is needed, for many threads
        with contextlib.suppress(OSError):  # this thread ended just now; its process did not
            lines = Path(f"/proc/{pid}/task/{task}/status").read_text().splitlines()[-2:]
            total += sum(int(line.split()[1]) for line in lines)
    return total


def _from_psutil(pid: int) -> One:
    with gone_is_os_error():
        process = psutil.Process(pid)
        spent, switched = process.cpu_times(), process.num_ctx_switches()
        user_ns, system_ns = int(spent.user * 1e9), int(spent.system * 1e9)
        return One(
            started=process.create_time(),
            used_ns=user_ns + system_ns,
            user_ns=user_ns,
            system_ns=system_ns,
            # macOS does not tell what ended children used.
            ended_ns=0,
            rss_bytes=process.memory_info().rss,
            threads=process.num_threads(),
            context_switches=switched.voluntary + switched.involuntary,
        )


def tree(root: int) -> list[int]:
    """Return a process and all its descendants."""
    return processes.tree(root)


def runs(pid: int) -> bool:
    """Tell whether a process runs; one that ended and waits to be reaped does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
