"""What a process that makes load does besides: it hands over its notes every second, and ends without dropping any."""

import time
from collections.abc import Callable

import gevent
import msgspec
from locust.env import Environment
from locust.event import EventHook
from locust.runners import MasterRunner, WorkerRunner

from loadtests.users.choice import Chosen
from loadtests.users.notes import NOTES
from loadtests.web.messages import Piece
from loadtests.workers import machine

MESSAGE, _RAMP = "trilane_piece", "trilane_ramp"
EVERY_S = 1.0
_DRAIN_S = 10.0
_LOOK_S = 0.01

HandOver = Callable[[Piece], None]

RAMPING = EventHook()  # type: ignore[no-untyped-call]
"""Another number of users was asked for than are there; none of them has come or gone yet."""


class Pieces:
    """Listens to a runner that has users of its own, and hands over a piece a second while a test runs."""

    def __init__(self, environment: Environment, hand_over: HandOver) -> None:
        self._environment = environment
        self._hand_over = hand_over
        self._level = 1
        self._inside = self._over = False
        self._clock: gevent.Greenlet | None = None
        follow(environment.events.test_start, self._begin)
        follow(RAMPING, self._ramp)
        follow(environment.events.spawning_complete, self._all_there)
        follow(environment.events.test_stopping, self._drain)
        follow(environment.events.test_stop, self._end)

    def _begin(self, **_: object) -> None:
        rate = Chosen.of(self._environment.parsed_options).rate
        sharing = getattr(self._environment.parsed_options, "sharing", 1)
        NOTES.begin(rate and rate / sharing, seed=_own_seed(self._environment))
        self._level = 1
        self._inside = self._over = False
        self._clock = gevent.spawn(self._tick)

    def _ramp(self, **_: object) -> None:
        """Close the window of the users that were there: those to come or go are another test."""
        if self._inside and not self._over:
            self._piece()
            self._level += 1
            self._inside = False
            # Whoever adds up is told at once that this window is over.
            self._piece()

    def _all_there(self, **_: object) -> None:
        """Let what follows count as the work of all users."""
        if self._clock is not None and not self._over:
            self._piece()
            self._inside = True

    def _drain(self, **_: object) -> None:
        """Close the window, and wait for the answers to what was asked; Locust would drop the requests."""
        if self._clock is None:
            return
        self._piece()
        self._inside, self._over = False, True
        NOTES.end()
        deadline_s = time.monotonic() + _DRAIN_S
        while NOTES.in_flight and time.monotonic() < deadline_s:
            gevent.sleep(_LOOK_S)

    def _end(self, **_: object) -> None:
        if self._clock is not None:
            self._clock.kill()
            self._clock = None
            self._piece(last=True)

    def _tick(self) -> None:
        while True:
            gevent.sleep(EVERY_S)
            self._piece()

    def _piece(self, *, last: bool = False) -> None:
        seen = NOTES.take()
        self._hand_over(Piece(seen=seen, level=self._level, inside=self._inside, beside=NOTES.beside, last=last))


def pass_on(environment: Environment) -> None:
    """Let the workers of a master, and who listens here, know of each ramp before its first user comes or goes."""
    runner = environment.runner
    if isinstance(runner, MasterRunner):
        follow(RAMPING, lambda **_: runner.send_message(_RAMP))
    elif isinstance(runner, WorkerRunner):
        runner.register_message(_RAMP, lambda **_: tell_of_ramp())


def tell_of_ramp() -> None:
    """Say that another number of users was asked for."""
    RAMPING.fire()  # type: ignore[no-untyped-call]


def follow(event: EventHook, listener: Callable[..., None]) -> None:
    """Call `listener` each time that the event happens."""
    event.add_listener(listener)  # type: ignore[no-untyped-call]


def by_message(environment: Environment) -> HandOver:
    """Return what sends pieces to this worker's master."""
    member = machine.member()

    def send(piece: Piece) -> None:
        if environment.runner is not None:
            own = msgspec.structs.replace(piece, member=member)
            environment.runner.send_message(MESSAGE, {"piece": msgspec.msgpack.encode(own)})

    return send


def _own_seed(environment: Environment) -> int:
    """Return a seed that differs from those of other workers by more than a test has pieces of a schedule."""
    runner = environment.runner
    return runner.worker_index * 1_000_000 if isinstance(runner, WorkerRunner) else 0
