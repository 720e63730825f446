"""Start the master and the workers of this machine, or wait for those of others."""

import contextlib
import os
import shlex
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from backing import leash
from backing.problem import Problem, end_of
from loadtests.agent_client import Agent, WorkerLost, connected
from loadtests.measurement.generator import fillable
from loadtests.messages import Lost, Member, Muster, Mustered
from loadtests.servers.ports import Port, shown
from loadtests.workers.crewing import TOKEN_VARIABLE, Crewing
from loadtests.workers.secret import chosen_token
from loadtests.workers.several import several

APART_S = 0.1
"""By how much workers may begin apart: each slice begins and ends with so much that is not measured."""
_STARTED_WITHIN_S = 60.0
_LOOK_S = 0.1
_REMIND_S = 10.0
_LEAVE_S = 2.0

Say = Callable[[str], None]


class CrewAgent(Agent):
    """A load agent whose workers make the load."""

    apart_s = APART_S

    def __init__(self, program: leash.Leashed, connection: socket.socket, log: Path, crewing: Crewing) -> None:
        super().__init__(program, connection, log)
        self._crewing = crewing
        self.servers_host = crewing.host
        self._is_crewed_by(())

    def muster(self) -> Mustered:
        """Return which workers are there."""
        reply = self._ask(Muster())
        if not isinstance(reply, Mustered):
            raise Problem(f"the load agent answered a muster with {reply}; this is a defect, please report it")
        self._is_crewed_by(reply.members)
        return reply

    def _is_crewed_by(self, members: Sequence[Member]) -> None:
        self.members = tuple(members)
        self.generators = fillable(members)
        self.here = all(member.here for member in members)

    def _lost(self, lost: Lost) -> WorkerLost:
        self._is_crewed_by(lost.left)
        goes_on = self._crewing.on_loss == "go-on" and bool(lost.left)
        left = f"{len(lost.left)} of {self._crewing.workers} workers are left"
        return WorkerLost(f"{lost.worker} was lost: {lost.why}; {left}", goes_on=goes_on)


def require_address(crewing: Crewing) -> None:
    """Raise `Problem` where workers cannot be waited for at the address that they are told."""
    if crewing.port:
        Port(crewing.host, crewing.port, instead="another one").release()


@contextlib.contextmanager
def crew(
    folder: Path, crewing: Crewing, *, log_folder: Path, cores: frozenset[int] | None = None, say: Say
) -> Iterator[CrewAgent]:
    """Provide a load agent with all its workers, which is told to `say` whom it waits for; they end with the block."""
    token = chosen_token()
    require_address(crewing)
    log = log_folder / "agent.log"
    with contextlib.ExitStack() as stack:
        program, connection = stack.enter_context(
            connected(
                folder,
                ["-m", "loadtests.workers.master"],
                [crewing.host, str(crewing.port), str(crewing.workers)],
                log=log,
                cores=cores,
                environment={**os.environ, TOKEN_VARIABLE: token},
                # It leaves when its connection ends, and says so to the workers before.
                stop_signal=0,
                grace_s=_LEAVE_S,
            )
        )
        agent = CrewAgent(program, connection, log, crewing)
        port = agent.muster().port
        invited = invitation(crewing.host, port, token)
        ours: list[leash.Leashed] = []
        if crewing.expected:
            say(invited)
        else:
            ours = stack.enter_context(
                started(crewing.workers, crewing.host, port, token, cores=cores, log=log_folder / "workers.log")
            )
        _wait_for_all(agent, crewing, ours, log_folder / "workers.log", lambda said: say(f"{said}; {invited}"))
        yield agent


def invitation(host: str, port: int, token: str) -> str:
    """Return what to type on the other machines."""
    given = f"{TOKEN_VARIABLE}={shlex.quote(token)}"
    return f"waiting for workers; start each with\n  {given} trilane worker --master {shown(host, port)}"


def started(
    count: int, host: str, port: int, token: str, *, cores: frozenset[int] | None, log: Path
) -> contextlib.AbstractContextManager[list[leash.Leashed]]:
    """Start so many workers for the master at `host` and `port`, each on a core of its own as far as there are any."""
    command = [sys.executable, "-m", "loadtests.workers.worker", host, str(port)]
    return several(count, command, cores=cores, log=log, environment={**os.environ, TOKEN_VARIABLE: token})


def _wait_for_all(agent: CrewAgent, crewing: Crewing, ours: Sequence[leash.Leashed], log: Path, say: Say) -> None:
    """Wait until all workers are there: those of other machines as long as it takes."""
    began_s = said_s = time.monotonic()
    while len((there := agent.muster()).members) < crewing.workers:
        if any(program.poll() is not None for program in ours):
            raise Problem(f"a worker ended before it was asked for anything{end_of(log)}")
        if ours and time.monotonic() - began_s > _STARTED_WITHIN_S:
            raise Problem(f"{len(there.members)} of {crewing.workers} workers are there after a minute{end_of(log)}")
        if time.monotonic() - said_s > _REMIND_S:
            said_s = time.monotonic()
            say(_missing(there, crewing))
        time.sleep(_LOOK_S)


def _missing(there: Mustered, crewing: Crewing) -> str:
    strangers = f"; {there.strangers} did not prove that they know the token" if there.strangers else ""
    refused = "".join(f"; {count} turned away: {why}" for why, count in there.refused.items())
    return f"{len(there.members)} of {crewing.workers} workers are there{strangers}{refused}"
