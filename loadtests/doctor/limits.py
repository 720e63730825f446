"""What the system grants: open files, ports, memory, control groups."""

import os
import resource

import psutil

from loadtests.doctor.finding import Finding, Kernel, unknown

_GROUPS = (
    ("v2", "sys/fs/cgroup/cgroup.controllers"),
    ("v2", "sys/fs/cgroup/unified/cgroup.controllers"),
    ("v1", "sys/fs/cgroup/cpuacct/cpuacct.usage"),
)
_ENOUGH_FILES = 16_384
_ENOUGH_PORTS = 20_000
_ENOUGH_MEMORY_BYTES = 2 * 1024**3


def open_files() -> Finding:
    """Tell how many connections a process can hold; programs that are started get the hard limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = hard == resource.RLIM_INFINITY
    few = not unlimited and hard < _ENOUGH_FILES
    return Finding(
        name="open files",
        verdict="warning" if few else "ok",
        value=None if unlimited else hard,
        unit="files",
        says=f"{soft} now, up to {'any number' if unlimited else hard}",
        remedy=f"`ulimit -Hn {_ENOUGH_FILES}` as root for more users than half of that" if few else "",
    )


def ports(kernel: Kernel) -> Finding:
    """Tell how many connections the generator can open to one server."""
    text = kernel.read("proc/sys/net/ipv4/ip_local_port_range")
    if text is None:
        return unknown("ephemeral ports")
    low, high = map(int, text.split())
    few = high - low < _ENOUGH_PORTS
    return Finding(
        name="ephemeral ports",
        verdict="warning" if few else "ok",
        value=high - low + 1,
        unit="ports",
        says=f"{low} to {high}",
        remedy="lanes without keep-alive run out: `sysctl net.ipv4.ip_local_port_range='15000 65000'`" if few else "",
    )


def memory() -> Finding:
    """Tell whether all servers fit."""
    free = psutil.virtual_memory().available
    little = free < _ENOUGH_MEMORY_BYTES
    return Finding(
        name="memory",
        verdict="warning" if little else "ok",
        value=free,
        unit="bytes",
        says=f"{free / 1024**3:.1f} GiB available",
        remedy="close something: ten lanes and their services take about 1.5 GiB" if little else "",
    )


def cgroups(kernel: Kernel) -> Finding:
    """Tell whether a process tree's CPU time can be read from a control group of its own."""
    found = [(version, kernel.root / file) for version, file in _GROUPS if kernel.read(file) is not None]
    if not found:
        return unknown("cgroups")
    versions = ", ".join(version for version, _ in found)
    writable = ", ".join(version for version, file in found if os.access(file.parent, os.W_OK))
    return Finding(
        name="cgroups",
        verdict="ok" if writable else "missing",
        value=versions,
        says=f"{versions}; {'writable: ' + writable if writable else 'not writable'}",
        remedy="" if writable else "none needed: CPU time is read per process instead; root could use a group",
    )
