"""A control group for a program: the kernel adds up the CPU time of all that ever ran in it, what ended included.

The group stands below this process's own, so every limit above it holds as before, and no controller is switched on for
it. Its folder is made and removed by the program's keeper, so it goes when the starter is killed. Where no hierarchy
that counts CPU time may be written (a container or an account without the right, macOS), there is no group.

A program may also get a group that has one share of a core, so that two programs get equal time of it, however many
threads each of them runs. That is asked for apart, since it changes scheduling: the whole program weighs as much as one
task beside it that has no such group. The counting group does the same only where its hierarchy has shares anyway:
version 1 with `cpu` and `cpuacct` in one mount, version 2 with `cpu` switched on below this process's own group.
"""

import contextlib
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
    return None if home is None else home / _name()


def new_sharing_group(counting: Path | None) -> Path | None:
    """Return the folder of a group that has one share of a core; None where none can be made.

    That is `counting`, the program's new group, where its hierarchy has shares.
    """
    if counting is not None and _shares(counting.parent):
        return counting
    home = _sharing_home()
    return None if home is None else home / _name()


def _name() -> str:
    return f"trilane-{os.getpid()}-{next(_numbers)}"


def members(group: Path) -> list[int]:
    """Return the ids of the processes in a group; nothing when it is gone."""
    try:
        return [int(pid) for pid in (group / _PROCESSES).read_text().split()]
    except OSError:
        return []


@functools.cache
def _home() -> Path | None:
    return _swept(find_home(Path("/")))


@functools.cache
def _sharing_home() -> Path | None:
    return _swept(find_sharing_home(Path("/")))


def _swept(home: Path | None) -> Path | None:
    """Remove what is left of starters whose keepers were killed as well; a group with a process in it stays."""
    for group in home.glob("trilane-*-*") if home else ():
        if not Path(f"/proc/{group.name.split('-')[1]}").exists():
            with contextlib.suppress(OSError):
                group.rmdir()
    return home


def find_home(root: Path) -> Path | None:
    """Return the folder of this process's own group, of version 2 where that counts CPU time and may be written."""
    found = [*_folders(root, "cgroup2", ""), *_folders(root, "cgroup", "cpuacct")]
    return next((folder for folder in found if _counts(folder) and _writable(folder)), None)


def find_sharing_home(root: Path) -> Path | None:
    """Return the folder of this process's own group in the hierarchy of version 1 that shares out the CPU.

    Version 2 has one hierarchy, and whether groups have shares in it is for whoever owns the group above to say.
    """
    return next((folder for folder in _folders(root, "cgroup", "cpu") if _shares(folder) and _writable(folder)), None)


def _folders(root: Path, kind: str, controller: str) -> Iterator[Path]:
    """Return where the hierarchies of one version, of version 1 those with a controller, show this process's group."""
    try:
        groups = (root / "proc/self/cgroup").read_text().splitlines()
        mounts = [line.split() for line in (root / "proc/self/mountinfo").read_text().splitlines()]
    except OSError:
        return
    for _, controllers, path in (line.split(":", 2) for line in groups):
        for mount in mounts if controller in controllers.split(",") else ():
            tail = mount[mount.index("-") + 1 :]
            if tail[0] != kind or (controller and controller not in tail[2].split(",")):
                continue
            # In a container the mount may show only a part of the hierarchy, which `mount[3]` names.
            inner = path.removeprefix(mount[3].rstrip("/")).strip("/")
            yield root / mount[4].strip("/") / inner


def _counts(folder: Path) -> bool:
    return (folder / "cpuacct.usage").exists() or "usage_usec" in _text(folder / "cpu.stat")


def _shares(folder: Path) -> bool:
    """Tell whether groups below a folder have shares of the CPU."""
    # The first group of all has no weight of its own in version 2; what is switched on below it stands in a list.
    return (folder / "cpu.shares").exists() or "cpu" in _text(folder / "cgroup.subtree_control").split()


def _writable(folder: Path) -> bool:
    return os.access(folder, os.W_OK) and os.access(folder / _PROCESSES, os.W_OK)


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""
