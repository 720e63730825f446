"""What a load process does with a request: users and kept connections in, crowds that are ready to begin out."""

import resource
import sys
from collections.abc import Sequence

from locust.runners import Runner

from backing.problem import Problem
from loadtests.load.closed import Crowd
from loadtests.load.opened import OpenCrowd
from loadtests.load.users import Kept, Users
from loadtests.load.wire import Address, Wanted
from loadtests.messages import Load, Reading, Together, Yardstick

_OWN_FILES = 64


class Loader:
    """The users that `runner` spawns and the connections they keep."""

    def __init__(self, runner: Runner) -> None:
        self._users = Users(runner)
        self._kept = Kept()

    def crowds(self, request: Load | Together) -> list[Crowd | OpenCrowd]:
        """Return each load's users, who are others for each, on the connections kept for them.

        Raises `Problem` where the loads contradict each other, or this machine cannot make them.
        """
        loads = request.loads if isinstance(request, Together) else (request,)
        _check(loads)
        addresses = [Address.of(load.base_url) for load in loads]
        users = sum(load.users for load in loads)
        self._kept.leave_room(loads, _allow_open_files(users))
        self._users.grow(users)
        return self._placed(loads, addresses)

    def measure(self, request: Yardstick) -> Reading:
        """Let users of Locust's own class at the server for a while."""
        return self._users.measure(request)

    def close(self, key: str | None) -> None:
        """Close the connections kept under `key`, or all of them."""
        self._kept.close(key)

    def _placed(self, loads: Sequence[Load], addresses: Sequence[Address]) -> list[Crowd | OpenCrowd]:
        length_s = max(load.settle_s + load.window_s + load.linger_s for load in loads)
        crowds: list[Crowd | OpenCrowd] = []
        for load, address in zip(loads, addresses, strict=True):
            start = self._users.starter(sum(len(crowd.connections) for crowd in crowds))
            wanted = [Wanted.of(each, address.host) for each in load.exchanges or (load.exchange,)]
            connections = self._kept.of(load, address)
            if load.rate is None:
                crowds.append(Crowd(load, wanted, connections, start))
            else:
                crowds.append(OpenCrowd(load, wanted, connections, start, length_s=length_s))
        return crowds


def _check(loads: Sequence[Load]) -> None:
    if not loads or len({load.key for load in loads}) < len(loads):
        raise Problem(f"{len(loads)} loads that run together need keys of their own; give each another `key`")
    if any(load.rate is not None and load.rate <= 0 for load in loads):
        raise Problem("an open load needs a rate above 0 requests per second; leave it out for a closed one")


def _allow_open_files(users: int) -> int:
    """Raise this process's limit of open files as far as it goes; return how many connections that allows.

    Raise `Problem` when those are fewer than the users.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    needed = users + _OWN_FILES
    if hard in {resource.RLIM_INFINITY, -1}:
        return sys.maxsize
    if hard < needed:
        raise Problem(
            f"{users} users need {needed} open files, {hard} are allowed; raise it, as root, with `ulimit -Hn {needed}`"
        )
    return hard - _OWN_FILES
