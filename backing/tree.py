"""The processes of a running server: its tree as it is now, and the cores it may use."""

import contextlib
import os
import sys
from collections.abc import Set as AbstractSet
from pathlib import Path

import psutil

_CHILDREN_ARE_LISTED = Path(f"/proc/self/task/{os.getpid()}/children").exists()


def tree(pid: int) -> list[int]:
    """Return the process and all its living descendants, parents first; nothing when it has ended."""
    if not psutil.pid_exists(pid):
        return []
    found = [pid]
    for parent in found:  # grows while it is walked
        found += _children(parent)
    return found


def _children(pid: int) -> list[int]:
    if not _CHILDREN_ARE_LISTED:
        with contextlib.suppress(psutil.NoSuchProcess):
            return [child.pid for child in psutil.Process(pid).children()]
        return []
    found = []
    for task in _threads(pid):
        with contextlib.suppress(OSError):  # it ended just now
            found += Path(f"/proc/{pid}/task/{task}/children").read_text().split()
    return [int(child) for child in found]


def _threads(pid: int) -> set[int]:
    try:
        return {int(thread.name) for thread in Path(f"/proc/{pid}/task").iterdir()}
    except OSError:
        return set()


def place(pid: int, cores: AbstractSet[int]) -> None:
    """Pin every thread of the tree to `cores`; what they start later inherits it. Only Linux can."""
    if sys.platform != "linux":
        return
    placed: set[int] = set()
    # A thread or process may be born during a pass, from one that was not yet placed: go on until nothing is new.
    while fresh := {thread for process in tree(pid) for thread in _threads(process)} - placed:
        for thread in fresh:
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(thread, cores)
        placed |= fresh
