"""The workers of a UI: counted when a test begins, and waited for, as they need a moment after each one."""

import time

import gevent
from locust.env import Environment
from locust.runners import STATE_MISSING, MasterRunner

from backing.problem import Problem

_READY_WITHIN_S = 5.0
_LOOK_S = 0.05


class Crew:
    """Of `own` workers, which were started with the UI, all are waited for; of others those that were there before.

    Without so many as were `expected` to connect to `meeting`, no test begins.
    """

    def __init__(self, environment: Environment, *, own: int = 0, expected: int = 0, meeting: str = "") -> None:
        self._environment = environment
        self._own = self._known = own
        self._expected = expected
        self._meeting = meeting

    @property
    def lacking(self) -> str:
        """Say how many of those that are expected are there, and how the others come; nothing where all are."""
        runner = self._environment.runner
        if not isinstance(runner, MasterRunner):
            return ""
        there = sum(worker.state != STATE_MISSING for worker in runner.clients.values())
        if there >= self._expected:
            return ""
        line = f"trilane worker --ui --master {self._meeting}"
        return f"{there} of {self._expected} workers are there; start the others with `{line}`"

    def sharing(self) -> int:
        """Return how many processes share an open load; raise `Problem` when there are too few."""
        runner = self._environment.runner
        if not isinstance(runner, MasterRunner):
            return 1
        if lacking := self.lacking:
            raise Problem(lacking)
        wanted = max(self._known, self._expected)
        deadline_s = time.monotonic() + _READY_WITHIN_S
        while len(runner.clients.ready) < wanted and time.monotonic() < deadline_s:
            gevent.sleep(_LOOK_S)
        # One of our own that was lost is not waited for each time.
        there = self._known = len(runner.clients.ready)
        if there >= max(1, self._expected):
            return there
        self._known = self._own
        if self._own or self._expected:
            raise Problem("the workers are getting ready; start again in a moment")
        raise Problem("no worker is connected; start one with `trilane worker --ui`, or leave out --expect-workers")
