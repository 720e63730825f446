"""A control group for a program: the kernel adds up the CPU time of all that ever ran in it, what ended included.

The group stands below this process's own, so every limit above it holds as before, and no controller is switched on in
it. Its folder is made and removed by the program's keeper, so it goes when the starter is killed. Where no hierarchy
that counts CPU time may be written (a container or an account without the right, macOS), there is no group.
"""

import functools
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

_PROCESSES = "cgroup.procs"
_numbers = itertools.count(1)


def new_group() -> Path | None:
    """Return the folder of a group that does not exist yet; None where none can be made."""
    home = _home()
    return None if home is None else home / f"trilane-{os.getpid()}-{next(_numbers)}"


def members(group: Path) -> list[int]:
    """Return the ids of the processes in a group; nothing when it is gone."""
    try:
        return [int(pid) for pid in (group / _PROCESSES).read_text().split()]
    except OSError:
        return []


@functools.cache
def _home() -> Path | None:
    return find_home(Path("/"))


def find_home(root: Path) -> Path | None:
    """Return the folder of this process's own group, of version 2 where that counts CPU time and may be written."""
    try:
        groups = (root / "proc/self/cgroup").read_text().splitlines()
        mounts = [line.split() for line in (root / "proc/self/mountinfo").read_text().splitlines()]
    except OSError:
        return None
    found = [*_folders(root, groups, mounts, "cgroup2"), *_folders(root, groups, mounts, "cgroup")]
    return next((folder for folder in found if _usable(folder)), None)


def _folders(root: Path, groups: list[str], mounts: list[list[str]], kind: str) -> Iterator[Path]:
    """Return where the hierarchies of one version show this process's group."""
    for _, controllers, path in (line.split(":", 2) for line in groups):
        counts = not controllers if kind == "cgroup2" else "cpuacct" in controllers.split(",")
        for mount in mounts if counts else ():
            tail = mount[mount.index("-") + 1 :]
            if tail[0] != kind or (controllers and "cpuacct" not in tail[2].split(",")):
                continue
            # In a container the mount may show only a part of the hierarchy, which `mount[3]` names.
            inner = path.removeprefix(mount[3].rstrip("/")).strip("/")
            yield root / mount[4].strip("/") / inner


def _usable(folder: Path) -> bool:
    counts = (folder / "cpuacct.usage").exists() or "usage_usec" in _text(folder / "cpu.stat")
    return counts and os.access(folder, os.W_OK) and os.access(folder / _PROCESSES, os.W_OK)


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""
