"""What slice.py still reads; gone as soon as it reads the machine's state."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from loadtests.measurement.accounting.memory import memory


class CpuTimes(msgspec.Struct, frozen=True, kw_only=True):
    """The machine's CPU time so far, in ticks."""

    all: int
    stolen: int

    @classmethod
    def now(cls) -> "CpuTimes | None":
        """Read /proc/stat; None where there is none or it does not tell steal."""
        try:
            fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
        except OSError:
            return None
        return cls(all=sum(fields[:8]), stolen=fields[7])


def steal_share(before: CpuTimes | None, after: CpuTimes | None) -> float | None:
    """Return the share of all cores' time that the hypervisor gave to others."""
    if before is None or after is None or after.all <= before.all:
        return None
    return (after.stolen - before.stolen) / (after.all - before.all)


def pss_bytes(pids: Iterable[int]) -> int | None:
    """Return the memory of a process tree with shared pages counted once."""
    found = memory(pids)
    return None if found is None else found.pss_bytes
