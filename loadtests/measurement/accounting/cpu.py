"""CPU time: of a control group from its own counter, of one process from its clock."""

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil

LINUX = sys.platform == "linux"


class Cpu(msgspec.Struct, frozen=True, kw_only=True):
    """CPU time up to now; `total_ns` is exact, `user_ns` and `system_ns` need not add up to it.

    Linux as a rule learns by looking at each clock tick whether a process is in the kernel, so only the proportion of
    the two parts means something. Both are None where they are not told apart.
    """

    total_ns: int
    user_ns: int | None = None
    system_ns: int | None = None

    def since(self, before: "Cpu") -> "Cpu":
        """Return what was used since `before`, the exact total shared out in the proportion of the parts."""
        total_ns = self.total_ns - before.total_ns
        if None in (self.user_ns, self.system_ns, before.user_ns, before.system_ns):
            return Cpu(total_ns=total_ns)
        user_ns, system_ns = (
            (self.user_ns or 0) - (before.user_ns or 0),
            (self.system_ns or 0) - (before.system_ns or 0),
        )
        if user_ns + system_ns <= 0:
            return Cpu(total_ns=total_ns)
        share = system_ns / (user_ns + system_ns)
        return Cpu(total_ns=total_ns, user_ns=round(total_ns * (1 - share)), system_ns=round(total_ns * share))


def of_group(group: Path | None) -> Cpu | None:
    """Return the CPU time of all that ever ran in a control group; None when there is none, or no more."""
    if group is None:
        return None
    try:
        if (group / "cpuacct.usage").exists():
            return _version_1(group)
        told = dict(line.split() for line in (group / "cpu.stat").read_text().splitlines())
        total, user, system = (int(told[f"{name}_usec"]) * 1000 for name in ("usage", "user", "system"))
        return Cpu(total_ns=total, user_ns=user, system_ns=system)
    except (OSError, KeyError, ValueError):
        return None


def _version_1(group: Path) -> Cpu:
    total_ns, user_ns, system_ns = (
        int((group / f"cpuacct.{name}").read_text()) for name in ("usage", "usage_user", "usage_sys")
    )
    return Cpu(total_ns=total_ns, user_ns=user_ns, system_ns=system_ns)


def cpu_ns(pid: int) -> int:
    """Return the CPU time of one process, all its threads, user and system; raise `OSError` when it is gone."""
    if LINUX:
        return time.clock_gettime_ns((~pid << 3) | 2)
    with gone_is_os_error():
        spent = psutil.Process(pid).cpu_times()
    return int((spent.user + spent.system) * 1e9)


@contextlib.contextmanager
def gone_is_os_error() -> Iterator[None]:
    """Let a process that psutil does not find (any more) be what the kernel's files say of it."""
    try:
        yield
    except psutil.NoSuchProcess as error:
        raise ProcessLookupError(error.pid) from error
