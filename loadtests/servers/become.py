"""Become a lane's server, where something else starts and stops it: `python -m loadtests.servers.become LANE PORT`.

A container is that something: its process is the server itself, and its environment is the lane's.
"""

import os
import sys
from pathlib import Path

from loadtests.servers.lanes import LANES
from loadtests.servers.process import command
from loadtests.servers.setup import Setup
from loadtests.servers.stacks import Stack


def become(name: str, port: int) -> None:
    """Replace this process by the lane's server, with one worker, reachable from outside the container."""
    if name not in LANES:
        raise SystemExit(f"unknown lane {name!r}: choose one of {', '.join(LANES)}")
    os.environ["TRILANE_LANE"] = name
    own = Stack("current", Path(sys.executable))
    words = [str(word) for word in command(Setup(LANES[name]), own, host="0.0.0.0", port=port)]  # noqa: S104 - a container's
    os.execv(words[0], words)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    become(sys.argv[1], int(sys.argv[2]))
