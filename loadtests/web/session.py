"""The tests of one UI, as Locust's process sees them: begun, told second by second, and kept when they are over."""

import logging
import time
from collections import deque
from typing import TYPE_CHECKING, Any

import gevent
import msgspec
from gevent import GreenletExit
from locust.env import Environment
from locust.runners import STATE_MISSING, STATE_RUNNING, STATE_SPAWNING, MasterRunner

from backing.problem import Problem
from loadtests.measurement.about import now
from loadtests.users.choice import Choice, Chosen
from loadtests.web.asking import Ask, whole
from loadtests.web.crew import Crew
from loadtests.web.history import History
from loadtests.web.messages import (
    LOCAL,
    Begin,
    Close,
    End,
    Ended,
    Live,
    Open,
    Piece,
    Pulse,
    Ready,
    Request,
    Sample,
    Seen,
    Test,
    Up,
)
from loadtests.web.pieces import EVERY_S, MESSAGE, follow

if TYPE_CHECKING:
    from loadtests.measurement.result import Cell

_LOG = logging.getLogger(__name__)
_KEPT = 600
# How long a worker's last piece may take after its users have ended.
_LAST_WITHIN_S = 5.0
BUSY = frozenset({STATE_RUNNING, STATE_SPAWNING})


class Session:
    """Listens to the runner of a UI: what its processes saw goes to where lanes are measured, once a second.

    `starting` is the lane that somebody waits for, `trouble` what kept the last test from being begun or measured.
    A test is `stopping` from when its users are told to end until it is kept.
    """

    def __init__(self, environment: Environment, ask: Ask, history: History, crew: Crew) -> None:
        self._environment = environment
        self.crew = crew
        self._ask = whole(ask)
        self._history = history
        self._pending: dict[str, list[Piece]] = {}
        self._at_work: set[str] = set()
        self._ended: set[str] = set()
        self._clock: gevent.Greenlet | None = None
        self._samples: deque[Sample] = deque(maxlen=_KEPT)
        self._count = 0
        self._test: Test | None = None
        self._cell: Cell | None = None
        self._running = False
        self.stopping = False
        self.starting = ""
        self.trouble: str | None = None

    def listen(self) -> None:
        """Follow the runner from now on: before those who hand over pieces, so that the server is looked at in time."""
        follow(self._environment.events.test_start, self._begin)
        follow(self._environment.events.spawning_complete, self._open)
        follow(self._environment.events.test_stopping, self._close)
        if isinstance(self._environment.runner, MasterRunner):
            self._environment.runner.register_message(MESSAGE, self._receive)

    def listen_to_the_end(self) -> None:
        """Follow the end as well: after those who hand over pieces, so that the last one is there."""
        follow(self._environment.events.test_stop, self._end)

    def up(self, wanted: Chosen, base_url: str) -> Ready:
        """See to it that the lane runs; raise `Problem` when it cannot."""
        reply = self._ask(_up(wanted, base_url))
        if not isinstance(reply, Ready):
            raise Problem(f"the lab answered {type(reply).__name__}; this is a defect, please report it")
        self.trouble = None
        return reply

    def take(self, piece: Piece, name: str = LOCAL) -> None:
        """Keep a piece until the next pulse, and when it came: a worker's own clock is used for lengths alone."""
        self._pending.setdefault(name, []).append(msgspec.structs.replace(piece, came_ns=time.monotonic_ns()))
        if piece.last:
            self._ended.add(name)

    def live(self, since: int) -> Live:
        """Return the samples from that number on, and the test so far."""
        first = max(since, self._count - len(self._samples))
        samples = [*self._samples][len(self._samples) - (self._count - first) :] if first < self._count else []
        return Live(
            running=self._running,
            starting=self.starting,
            lacking=self.crew.lacking,
            test=self._test,
            first=first,
            samples=samples,
            cell=self._cell,
            trouble=self.trouble,
        )

    def _receive(self, msg: Any, **_: object) -> None:  # noqa: ANN401 - untyped there
        self.take(msgspec.msgpack.decode(msg.data["piece"], type=Piece), msg.node_id)

    def _begin(self, **_: object) -> None:
        choice = Choice.of(self._environment.parsed_options)
        on = _up(choice, getattr(self._environment.parsed_options, "elsewhere", choice.base_url))
        workers = self._workers()
        try:
            self._ask(Begin(on=on, users=self._target_users(), rate=choice.rate, workers=len(workers)))
        except Problem as problem:
            self._fail(problem)
            # No user comes: what they did would be seen by nobody.
            raise GreenletExit from None
        self._pending, self._ended, self._at_work = {}, set(), workers
        self._samples.clear()
        self._count, self._cell, self.trouble = 0, None, None
        self._began_s = time.monotonic()
        self._test = _test(choice)
        self._running, self.stopping = True, False
        self._clock = gevent.spawn(self._tick)

    def _open(self, **_: object) -> None:
        if self._running and not self.stopping:
            self._tell(Open(users=self._target_users()))

    def _close(self, **_: object) -> None:
        if self._clock is not None:
            self.stopping = True
            self._clock.kill()
            self._clock = None
            self._tell(Close())

    def _tick(self) -> None:
        while True:
            gevent.sleep(EVERY_S)
            try:
                self._pulse()
            except Problem as problem:
                self._fail(problem)
                return

    def _pulse(self) -> None:
        runner = self._environment.runner
        users = runner.user_count if runner is not None else 0
        reply = self._ask(Pulse(pieces=self._handed_over(), users=users, lost=self._lost()))
        if isinstance(reply, Seen):
            self._samples.append(reply.sample)
            self._count += 1
            self._cell = reply.cell

    def _end(self, **_: object) -> None:
        """Judge the test, and keep it."""
        if not self._running or self._test is None:
            return
        self._await_last_pieces()
        try:
            ended = self._ask(End(pieces=self._handed_over(), lost=self._lost()))
            if isinstance(ended, Ended):
                self._cell = ended.cell
                self._keep(ended, self._test.started_at)
        except Problem as problem:
            self._fail(problem)
        finally:
            self._running = self.stopping = False

    def _keep(self, ended: Ended, started_at: str) -> None:
        self._history.add(
            ended.cell,
            ended.detail,
            ended.latencies,
            started_at=started_at,
            seconds=time.monotonic() - self._began_s,
            workers=max(1, len(self._at_work)),
        )

    def _await_last_pieces(self) -> None:
        deadline_s = time.monotonic() + _LAST_WITHIN_S
        while self._at_work - self._ended - set(self._lost()) and time.monotonic() < deadline_s:
            gevent.sleep(0.05)

    def _handed_over(self) -> dict[str, list[Piece]]:
        pieces, self._pending = self._pending, {}
        return pieces

    def _workers(self) -> set[str]:
        """Return the workers that make the load, none where this process does."""
        runner = self._environment.runner
        if not isinstance(runner, MasterRunner):
            return set()
        return {name for name, worker in runner.clients.items() if worker.state != STATE_MISSING}

    def _lost(self) -> list[str]:
        """Return those that were at work and are not there any more, though nobody told them to end."""
        return sorted(self._at_work - self._workers() - self._ended)

    def _target_users(self) -> int:
        return self._environment.runner.target_user_count if self._environment.runner is not None else 0

    def _tell(self, request: Request) -> None:
        try:
            self._ask(request)
        except Problem as problem:
            self._fail(problem)

    def _fail(self, problem: Problem) -> None:
        self.trouble = str(problem)
        _LOG.error("%s", problem)


def _up(chosen: Chosen, base_url: str) -> Up:
    return Up(lane=chosen.lane.name, scenario=chosen.scenario.name, params=chosen.params, base_url=base_url)


def _test(choice: Choice) -> Test:
    return Test(
        lane=choice.lane.name,
        scenario=choice.scenario.name,
        params=choice.params,
        rate=choice.rate,
        base_url=choice.base_url,
        started_at=now(),
    )
