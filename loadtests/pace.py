"""The program that tells how fast a core is: a small fixed piece of work, every few milliseconds, and what it took.

`python pace.py FILE` appends to FILE, for each piece of work, when it ended, the CPU time it took and the CPU time that
this program took so far: three 64-bit numbers, in nanoseconds. The time is the thread's own, so a server that runs in
between does not count; a core that the hypervisor shares with others, slows down or fills the caches of does.
"""

import gc
import os
import struct
import sys
import time

SAMPLE = struct.Struct("=qqq")
# Three or four percent of a core: some 100 µs, and the switch to it, every 4 ms. A shared core's speed lasts for 50 ms.
TURNS = 300
PAUSE_S = 0.004
_SLOTS = 63


def work() -> None:
    """Do what an interpreter does all day: a loop, small numbers, a dictionary."""
    kept: dict[int, int] = {}
    total = 0
    for number in range(TURNS):
        kept[number & _SLOTS] = total
        total += number * 3 ^ (total >> 2)


def main(path: str) -> None:
    """Measure until the end of the process."""
    gc.disable()
    file = os.open(path, os.O_WRONLY | os.O_APPEND)
    while True:
        time.sleep(PAUSE_S)
        began_ns = time.thread_time_ns()
        work()
        took_ns = time.thread_time_ns() - began_ns
        os.write(file, SAMPLE.pack(time.monotonic_ns(), took_ns, time.process_time_ns()))


if __name__ == "__main__":
    main(sys.argv[1])
