"""Wait for what another process is about to do; no test asserts how long it took."""

import time
from collections.abc import Callable, Iterable

import psutil


def eventually(condition: Callable[[], object], timeout_s: float = 20.0) -> bool:
    """Tell whether `condition` came true within `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def running(pids: Iterable[int]) -> list[int]:
    """Return those of `pids` that run: a zombie nobody has buried yet does not."""
    return [pid for pid in pids if _runs(pid)]


def _runs(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
