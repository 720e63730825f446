"""The load agent of several workers: `python -m loadtests.workers.master SOCKET HOST PORT COUNT`, Locust's master.

It stands in the place of `loadtests.agent`: the orchestrator gives it the same requests and gets one slice for each,
which is the sum of what the workers saw. The token comes from the environment.
"""

import contextlib
import gc
import logging
import os
import sys
import time
from collections.abc import Iterable, Mapping

import gevent
from gevent import socket

from backing.problem import Problem
from loadtests.load.frames import Stream
from loadtests.messages import (
    Close,
    Done,
    Failure,
    Load,
    Member,
    Muster,
    Mustered,
    Reply,
    Request,
    Slices,
    Stop,
    Together,
    Yardstick,
)
from loadtests.workers.crewing import TOKEN_VARIABLE
from loadtests.workers.merge import Moments, Worked, merged
from loadtests.workers.orders import Begun, Cannot, Forget, Go, Halt, Order, Over, Prepare, Ready, Report
from loadtests.workers.post import Mail, OneMissing, Post
from loadtests.workers.roll import Roll
from loadtests.workers.share import shares

# How long those that are left have to leave a slice that was given up.
_LEAVE_S = 5.0
# A worker that is there prepares at once; what takes longer will not come.
_READY_WITHIN_S = 15.0


class Master:
    """Does what the orchestrator on the other side of the stream asks for, by its workers."""

    def __init__(self, stream: Stream, roll: Roll, workers: Post) -> None:
        self._stream = stream
        self._roll = roll
        self._post = workers
        self._number = 0
        self._busy: dict[str, Member] = {}
        self._loading: set[str] = set()
        self._stopped = False

    def serve(self) -> None:
        """Carry out requests until the orchestrator is gone; then the workers are sent home."""
        while True:
            try:
                self._handle(self._stream.receive())
            except EOFError:
                self._post.dismiss()
                return

    def _handle(self, request: Request) -> None:
        if isinstance(request, Stop):
            self._stop()
        elif self._busy:
            self._stream.send(Failure(message="a slice is running; stop it or wait for its end"))
        elif isinstance(request, Muster):
            self._stream.send(self._mustered())
        elif isinstance(request, Yardstick):
            self._stream.send(Failure(message="Locust's own users are measured without workers"))
        else:
            self._busy = self._roll.present()
            gevent.spawn(self._carry_out, request)

    def _mustered(self) -> Mustered:
        return Mustered(
            port=self._post.port,
            members=tuple(self._roll.present().values()),
            strangers=len(self._roll.strangers),
            refused={why: len(names) for why, names in self._roll.refused.items()},
        )

    def _stop(self) -> None:
        """End the running slice; one that is being prepared ends as soon as it has begun."""
        self._stopped = bool(self._busy)
        self._tell(self._busy, Halt(number=self._number))

    def _carry_out(self, request: Load | Together | Close) -> None:
        self._number += 1
        self._post.clear()
        try:
            reply = self._close(request) if isinstance(request, Close) else self._all_of(request)
        except Problem as problem:
            reply = Failure(message=str(problem))
        except Exception as error:  # noqa: BLE001 - reported to the orchestrator, which raises it
            reply = Failure(message=f"the load agent failed: {type(error).__name__}: {error}")
        self._busy, self._loading, self._stopped = {}, set(), False
        self._stream.send(reply)

    def _close(self, request: Close) -> Reply:
        """Let all forget their connections; one that is lost has none, and is told of at the next slice."""
        with contextlib.suppress(OneMissing):
            self._tell(self._busy, Forget(number=self._number, key=request.key))
            done = self._post.wait(self._busy, self._number, Ready, Cannot, within_s=_READY_WITHIN_S)
            if (why := _why_not(done)) is not None:
                return Failure(message=why)
        return Done()

    def _all_of(self, request: Load | Together) -> Reply:
        """Run a slice, unless a worker was lost since the last one: nobody else may take its share unsaid."""
        try:
            return self._roll.tell_lost() or self._slice(request)
        except OneMissing:
            left = [name for name in self._loading if name in self._roll.present()]
            self._tell(left, Halt(number=self._number))
            with gevent.Timeout(_LEAVE_S, exception=False), contextlib.suppress(OneMissing):
                self._post.wait(left, self._number, Report, Cannot)
            return self._roll.tell_lost() or Failure(message="a worker was lost, and nobody knows which")

    def _slice(self, request: Load | Together) -> Reply:
        if not self._busy:
            return Failure(message="no worker is there; see how to start one in docs/distributed.md")
        number, names = self._number, [*self._busy]
        shared = {names[place]: share for place, share in shares(request, len(names)).items()}
        for name, share in shared.items():
            self._post.tell(name, Prepare(number=number, load=share))
        prepared = self._post.wait(shared, number, Ready, Cannot, within_s=_READY_WITHIN_S)
        if (why := _why_not(prepared)) is not None:
            return Failure(message=why)
        self._loading = set(shared)
        told_ns = {name: self._go(name) for name in shared}
        if self._stopped:
            self._tell(shared, Halt(number=number))
        begun = self._post.wait(shared, number, Begun, Cannot)
        over = self._post.wait(shared, number, Over, Cannot)
        reports = self._post.wait(shared, number, Report, Cannot)
        if (why := _why_not(reports)) is not None:
            return Failure(message=why)
        moments = {name: Moments(told_ns[name], begun[name][1], over[name][1]) for name in shared}
        return self._added(request, shared, reports, moments)

    def _go(self, name: str) -> int:
        told_ns = time.monotonic_ns()
        self._post.tell(name, Go(number=self._number))
        return told_ns

    def _added(
        self, request: Load | Together, shared: Mapping[str, Load | Together], reports: Mail, at: Mapping[str, Moments]
    ) -> Reply:
        """Return the sum of what the workers saw, for each load."""
        by_key: dict[str, list[Worked]] = {}
        for name, share in shared.items():
            report = reports[name][0]
            seen = report.slices if isinstance(report, Report) else ()
            for load, each in zip(_loads(share), seen, strict=True):
                by_key.setdefault(load.key, []).append(Worked(self._busy[name], load.users, each, at[name]))
        slices = tuple(merged(by_key[load.key], load.linger_s) for load in _loads(request))
        return Slices(slices=slices) if isinstance(request, Together) else slices[0]

    def _tell(self, names: Iterable[str], order: Order) -> None:
        for name in names:
            self._post.tell(name, order)


def _why_not(mail: Mail) -> str | None:
    return next((said.why for said, _ in mail.values() if isinstance(said, Cannot)), None)


def _loads(request: Load | Together) -> tuple[Load, ...]:
    return request.loads if isinstance(request, Together) else (request,)


def main(path: str, host: str, port: int, workers: int) -> None:
    """Connect to the orchestrator's socket at `path`, wait for workers at `host` and `port`, and serve."""
    logging.basicConfig(level=logging.INFO)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(path)
        roll = Roll(os.environ[TOKEN_VARIABLE], workers)
        master = Master(Stream(connection, Request), roll, Post(host, port, roll))
        gc.collect()
        gc.freeze()
        master.serve()
    # A message that a lost worker will never fetch would keep the process for ever.
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
