"""A program that forks a child, a daemon deaf to SIGTERM, and an orphan that ends at once; each leaves its process id.

`python family.py FOLDER [run|exit]`
"""

import os
import signal
import sys
import time
from pathlib import Path

folder, manner = Path(sys.argv[1]), sys.argv[2]


def live() -> None:
    (folder / str(os.getpid())).touch()
    time.sleep(600)


def daemonise() -> None:
    os.setsid()
    if os.fork():
        os._exit(0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    live()


def leave_an_orphan() -> None:
    if os.fork() == 0:
        time.sleep(0.1)
        (folder / "orphan").write_text(str(os.getpid()))
    os._exit(0)


for task in (live, daemonise, leave_an_orphan):
    if os.fork() == 0:
        task()
if manner == "run":
    live()
while len(list(folder.iterdir())) < 3:
    time.sleep(0.01)
