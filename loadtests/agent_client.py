"""The orchestrator's side of the load agent: start it, give it slices, stop it. Locust is never imported here."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from backing import leash
from backing.problem import Problem
from loadtests.load.frames import Stream
from loadtests.messages import (
    Close,
    Failure,
    Load,
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


class Agent:
    """A running load agent; one request at a time, except `stop_slice`, which any thread or signal handler may call."""

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

    def _ask(self, request: Load | Together | Close | Yardstick) -> Reply:
        if self._waiting:
            # An exception, Ctrl-C as a rule, ended an earlier call: its answer may be lost in part.
            raise Problem("an earlier call to this load agent was cut short; start another agent")
        self._waiting = True
        self._send(request)
        reply = self._receive()
        self._waiting = False
        if isinstance(reply, Failure):
            raise Problem(reply.message)
        return reply

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


@contextlib.contextmanager
def agent(folder: Path, *, log: Path, cores: frozenset[int] | None = None) -> Iterator[Agent]:
    """Start a load agent on `cores`; `folder` holds its socket, `log` its output. It ends with the block."""
    path = folder / f"agent-{os.getpid()}-{time.monotonic_ns()}"
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        _bind(listener, path)
        stack.callback(path.unlink, missing_ok=True)
        command: list[str | Path] = [sys.executable, "-m", "loadtests.agent", path]
        program = stack.enter_context(leash.leashed(command, log=log, folder=_ROOT, cores=cores, grace_s=0))
        connection = stack.enter_context(_accept(listener, program, log))
        yield Agent(program, connection, log)


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
