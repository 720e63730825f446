"""Become a lane's server where something else starts and stops it: `python -m loadtests.servers.become APP LANE PORT`.

A container is that something: its process is the server itself, its environment is the lane's, and TRILANE_APP_CPUS is
how many cores it may use.
"""

import os
import resource
import sys
from pathlib import Path

from loadtests.servers.lanes import LANES
from loadtests.servers.process import command
from loadtests.servers.setup import Setup, workers_for
from loadtests.servers.stacks import Stack


def become(app: str, name: str, port: int) -> None:
    """Replace this process by a server of one of the app's lanes that is reachable from outside the container."""
    words = served_by(app, name, port)
    os.environ["TRILANE_LANE"] = name
    # A connection is an open file; those that the harness starts get as many as well.
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    os.execv(words[0], words)  # noqa: S606 - no shell is wanted


def served_by(app: str, name: str, port: int) -> list[str]:
    """Return the command of the server; end with one line where there is no such lane of the app."""
    lanes = {lane.name: lane for lane in LANES.values() if lane.app == app}
    if name not in lanes:
        raise SystemExit(f"{name!r} is no lane of {app}: choose one of {', '.join(lanes)}")
    setup = Setup(lanes[name], workers=workers_for(lanes[name], _cores()))
    own = Stack("current", Path(sys.executable))
    return [str(word) for word in command(setup, own, host="0.0.0.0", port=port)]  # noqa: S104 - a container's


def _cores() -> int:
    """Return how many whole cores the container may use, one at least."""
    text = os.environ.get("TRILANE_APP_CPUS", "1")
    try:
        return max(1, int(float(text)))
    except (ValueError, OverflowError):
        raise SystemExit(f"TRILANE_APP_CPUS is {text!r}: give a number of cores, such as 1 or 2.5") from None


if __name__ == "__main__":
    become(sys.argv[1], sys.argv[2], int(sys.argv[3]))
