"""What the system grants: open files, ports, memory, control groups."""

import resource

import psutil

from backing.groups import find_home
from loadtests.doctor.finding import Finding, Kernel, unknown

_MOST_USERS = 5_000
# The load agent keeps a connection of each user to each of ten lanes.
_ENOUGH_FILES = 10 * _MOST_USERS + 128
_ENOUGH_PORTS = 20_000
_ENOUGH_MEMORY_BYTES = 2 * 1024**3


def open_files() -> Finding:
    """Tell how many users the load agent can play: programs that are started get the hard limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = hard == resource.RLIM_INFINITY
    return files(soft, None if unlimited else hard)


def files(soft: int, hard: int | None) -> Finding:
    """Judge the limits of open files; `hard` is None where there is none."""
    few = hard is not None and hard < _ENOUGH_FILES
    lanes = 0 if hard is None else max(0, hard - 128) // _MOST_USERS
    reach = (
        f"{_MOST_USERS:,} users on up to {lanes} lanes at once" if lanes else f"about {(hard or 0) - 128} users in all"
    )
    return Finding(
        name="open files",
        verdict="warning" if few else "ok",
        value=hard,
        unit="files",
        says=f"{soft} now, up to {'any number' if hard is None else hard}{f': {reach}' if few else ''}",
        remedy=f"for {_MOST_USERS:,} users on ten lanes `ulimit -Hn {_ENOUGH_FILES}` as root, or a `nofile` line in "
        "/etc/security/limits.conf"
        if few
        else "",
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
    """Tell whether each server's CPU time can be counted in a control group of its own."""
    home = find_home(kernel.root)
    if home is not None:
        version = "v1" if (home / "cpuacct.usage").exists() else "v2"
        return Finding(
            name="cgroups", verdict="ok", value=version, says=f"{version}, each server gets its own in {home}"
        )
    if kernel.read("proc/self/cgroup") is None:
        return unknown("cgroups")
    return Finding(
        name="cgroups",
        verdict="missing",
        value="none",
        says="none may be made here: CPU time is read from each process, what ended in steps of 10 ms, and a process "
        "that its parent did not wait for is lost",
        remedy="run as root, or in a delegated group: `systemd-run --user --scope -p Delegate=yes trilane …`",
    )
