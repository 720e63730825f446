"""Which machine a process runs on, as far as others can tell: two processes of one machine say the same."""

import os
import socket
import uuid
from pathlib import Path

from loadtests.messages import Member


def machine() -> str:
    """Return a text that no other running machine has; containers and network namespaces share their machine's."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return f"{uuid.getnode():x}"


def member() -> Member:
    """Return this process as one that makes load, by a name that tells a person which it is."""
    cores = tuple(sorted(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else ()
    return Member(name=f"{socket.gethostname()}, process {os.getpid()}", machine=machine(), cores=cores)


def pids() -> str:
    """Return the name of what counts the process ids here; empty where the system has no such name."""
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def runs(pid: int) -> bool:
    """Tell whether a process of this machine runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
