"""The memory and the open sockets of a process tree."""

import os
from collections.abc import Iterable
from pathlib import Path

import msgspec


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """`rss_bytes` counts a shared page once for each process that has it, `pss_bytes` once in all."""

    rss_bytes: int
    pss_bytes: int


def memory(pids: Iterable[int]) -> Memory | None:
    """Read what each process maps, exactly; None where the system does not tell."""
    rss = pss = 0
    try:
        for pid in pids:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            lines = {name: rest.split() for name, _, rest in (line.partition(":") for line in text.splitlines())}
            rss += int(lines["Rss"][0]) * 1024
            pss += int(lines["Pss"][0]) * 1024
    except (OSError, KeyError):
        return None
    return Memory(rss_bytes=rss, pss_bytes=pss)


def open_sockets(pids: Iterable[int]) -> int | None:
    """Return how many sockets a process tree holds open, one that several processes share once; None when not told."""
    found: set[str] = set()
    for pid in pids:
        folder = f"/proc/{pid}/fd"
        try:
            names = os.listdir(folder)  # noqa: PTH208 - thousands of names, and nothing else of them is needed
        except OSError:
            return None
        found.update(target for name in names if (target := _target(f"{folder}/{name}")).startswith("socket:"))
    return len(found)


def _target(link: str) -> str:
    try:
        return os.readlink(link)  # noqa: PTH115 - a path object for each of thousands costs more than the call
    except OSError:  # closed just now
        return ""
