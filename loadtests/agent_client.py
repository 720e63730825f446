"""The orchestrator's side of the load agent: start it, give it slices, stop it. Locust is never imported here."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from backing import leash
from backing.problem import Problem
from loadtests.load.frames import Stream
from loadtests.messages import (
    Close,
    Failure,
    Load,
    Lost,
    Member,
    Muster,
    Reading,
    Reply,
    Request,
    Slice,
    Slices,
    Stop,
    Together,
    Yardstick,
)

_ROOT = Path(__file__).parents[1]
_START_TIMEOUT_S = 60.0
_LOG_LINES = 5


class AgentDied(Problem):
    """The load agent ended by itself, so there is nobody left to load with."""


class WorkerLost(AgentDied):
    """One of several workers was lost in a slice, which counts for nothing; `goes_on` tells whether those left do."""

    def __init__(self, reason: str, *, goes_on: bool) -> None:
        super().__init__(reason)
        self.goes_on = goes_on


class Agent:
    """A running load agent; one request at a time, except `stop_slice`, which any thread or signal handler may call.

    `generators` is how many cores make the load, `here` whether they are this machine's; `members` are the workers that
    make it together, none where it does so itself, `apart_s` is by how much these may begin and end apart. It reaches
    servers that listen on `servers_host`.
    """

    members: tuple[Member, ...] = ()
    generators = 1
    here = True
    apart_s = 0.0
    servers_host = "127.0.0.1"

    def __init__(self, program: leash.Leashed, connection: socket.socket, log: Path) -> None:
        self.pid = program.pid
        self._program = program
        self._stream = Stream(connection, Reply)
        self._log = log
        self._waiting = False
        self._sending = threading.Lock()
        self._stop = False

    def load(self, request: Load) -> Slice:
        """Run one slice; raise `Problem` when it cannot be run, `AgentDied` when the agent ended."""
        reply = self._ask(request)
        if not isinstance(reply, Slice):
            raise Problem(f"the load agent answered a slice with {reply}; this is a defect, please report it")
        return reply

    def load_together(self, loads: Sequence[Load]) -> tuple[Slice, ...]:
        """Run one slice of several loads at the same moment, and return each one's; raise as `load` does.

        Their keys differ, their base URLs need not. All begin together and none ends before the last window is over, so
        each feels the others' pressure throughout.
        """
        reply = self._ask(Together(loads=tuple(loads)))
        if not isinstance(reply, Slices):
            raise Problem(f"the load agent answered loads together with {reply}; this is a defect, please report it")
        return reply.slices

    def measure(self, request: Yardstick) -> Reading:
        """Let users of Locust's own classes load a server."""
        reply = self._ask(request)
        if not isinstance(reply, Reading):
            raise Problem(f"the load agent answered a yardstick with {reply}; this is a defect, please report it")
        return reply

    def close(self, key: str | None = None) -> None:
        """Close the connections kept under `key`, or all of them."""
        self._ask(Close(key=key))

    def stop_slice(self) -> None:
        """End the running slice at once, all its loads: the call that waits for it returns what there is.

        A message that is being sent is sent whole first: whoever sends it lets the stop follow.
        """
        self._stop = True
        self._send_stop()

    def _ask(self, request: Load | Together | Close | Yardstick | Muster) -> Reply:
        if self._waiting:
            # An exception, Ctrl-C as a rule, ended an earlier call: its answer may be lost in part.
            raise Problem("an earlier call to this load agent was cut short; start another agent")
        self._waiting = True
        self._send(request)
        reply = self._receive()
        self._waiting = False
        if isinstance(reply, Failure):
            raise Problem(reply.message)
        if isinstance(reply, Lost):
            raise self._lost(reply)
        return reply

    def _lost(self, lost: Lost) -> WorkerLost:
        """Return the error that a lost worker is."""
        return WorkerLost(f"{lost.worker} was lost: {lost.why}", goes_on=False)

    def _send(self, request: Request) -> None:
        try:
            with self._sending:
                self._stream.send(request)
        except OSError:
            raise self._died() from None
        self._send_stop()

    def _send_stop(self) -> None:
        """Send the stop that was asked for, unless a message is on its way: then it is looked for after that."""
        # A signal handler cannot wait for what it interrupted. Who finds the stream taken has left its wish before, so
        # the holder sees it when it lets go.
        while self._stop and self._sending.acquire(blocking=False):
            self._stop = False
            # The call that waits for the slice notices an agent that is gone.
            with contextlib.suppress(OSError):
                self._stream.send(Stop())
            self._sending.release()

    def _receive(self) -> Reply:
        try:
            reply: Reply = self._stream.receive()
        except (EOFError, OSError):
            raise self._died() from None
        return reply

    def _died(self) -> AgentDied:
        self._waiting = False
        return _died(self._program, self._log)


OnLost = Callable[[WorkerLost], None]
"""Is told of each loss; it raises it where the others do not go on."""


def insist(load: Agent, request: Load, on_lost: OnLost) -> Slice:
    """Run a slice, again with those left where a worker was lost and the others go on; `on_lost` is told each time."""
    while True:
        try:
            return load.load(request)
        except WorkerLost as lost:
            on_lost(lost)


def end_with(lost: WorkerLost) -> None:
    """Go on with nobody: what is told of a loss where no other worker could take the share."""
    raise lost


@contextlib.contextmanager
def agent(folder: Path, *, log: Path, cores: frozenset[int] | None = None) -> Iterator[Agent]:
    """Start a load agent on `cores`; `folder` holds its socket, `log` its output. It ends with the block."""
    with connected(folder, ["-m", "loadtests.agent"], log=log, cores=cores) as (program, connection):
        yield Agent(program, connection, log)


@contextlib.contextmanager
def connected(
    folder: Path,
    module: Sequence[str],
    more: Sequence[str] = (),
    *,
    log: Path,
    cores: frozenset[int] | None = None,
    environment: Mapping[str, str] | None = None,
    stop_signal: int = signal.SIGTERM,
    grace_s: float = 0.0,
) -> Iterator[tuple[leash.Leashed, socket.socket]]:
    """Start a program of ours that connects to a socket in `folder`, whose path stands before what is `more`.

    Its end of the connection is closed before the program is stopped.
    """
    path = folder / f"agent-{os.getpid()}-{time.monotonic_ns()}"
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        _bind(listener, path)
        stack.callback(path.unlink, missing_ok=True)
        command: list[str | Path] = [sys.executable, *module, path, *more]
        program = stack.enter_context(
            leash.leashed(
                command,
                log=log,
                environment=environment,
                folder=_ROOT,
                cores=cores,
                stop_signal=stop_signal,
                grace_s=grace_s,
            )
        )
        yield program, stack.enter_context(_accept(listener, program, log))


def _bind(listener: socket.socket, path: Path) -> None:
    try:
        listener.bind(str(path))
    except OSError as error:
        raise Problem(f"no socket can be made at {path} ({error}); give a folder with a shorter path") from None
    listener.listen(1)


def _accept(listener: socket.socket, program: leash.Leashed, log: Path) -> socket.socket:
    listener.settimeout(0.1)
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline and program.poll() is None:
        with contextlib.suppress(TimeoutError):
            connection, _ = listener.accept()
            connection.setblocking(True)
            return connection
    raise _died(program, log)


def _died(program: leash.Leashed, log: Path) -> AgentDied:
    code: int | None = None
    with contextlib.suppress(subprocess.TimeoutExpired):
        code = program.wait(5)
    lines = log.read_text(errors="replace").splitlines()[-_LOG_LINES:] if log.exists() else []
    said = " | ".join(lines) or "nothing"
    how = "does not answer" if code is None else f"ended with code {code}"
    return AgentDied(f"the load agent {how}; it last said: {said}; see {log}")
