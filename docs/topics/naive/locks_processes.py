"""A lock of the interpreter's keeps threads apart; each process has a lock of its own, and both go in."""

import threading
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier, Event

lock = threading.Lock()
# Servers fork their workers.
fork = get_context("fork")


def go_in(meeting: threading.Barrier | Barrier, met: threading.Event | Event, timeout_s: float) -> None:
    """Take the lock, and stay until somebody else has taken it as well, or nobody comes."""
    with lock, suppress(threading.BrokenBarrierError):
        meeting.wait(timeout_s)
        met.set()


def two_threads() -> bool:
    """Tell whether two threads held the lock at the same time."""
    meeting, met = threading.Barrier(2), threading.Event()
    both = [threading.Thread(target=go_in, args=(meeting, met, 0.1)) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    return met.is_set()


def two_processes() -> bool:
    """Tell whether two processes did."""
    meeting, met = fork.Barrier(2), fork.Event()
    both = [fork.Process(target=go_in, args=(meeting, met, 30.0)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join()
    return met.is_set()


if __name__ == "__main__":
    print(f"two threads in at the same time: {two_threads()}")  # noqa: T201
    print(f"two processes in at the same time: {two_processes()}")  # noqa: T201
