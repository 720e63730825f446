"""A lane's server as a running process: wait until it is ready, place it, count its answers, stop it."""

import time
from dataclasses import dataclass, field
from pathlib import Path

from backing import tree
from backing.counter import ANSWERED, counted
from backing.leash import Leashed
from backing.problem import LaneFailed, end_of
from loadtests.servers.lanes import Lane
from loadtests.servers.ports import Port
from loadtests.servers.readiness import health

GRACE_S = 3.0
_POLL_S = (0.02, 0.3)
# uvicorn starts a worker that cannot import its app again and again.
_MOST_PROCESSES_PER_WORKER = 5


@dataclass(frozen=True)
class Server:
    """A running lane. `log` is what it prints, `counters` the folder in which its processes count (`backing.counter`).

    `name` is what its database connections are called by, before a colon.
    """

    lane: Lane
    stack: str
    name: str
    base_url: str
    workers: int
    log: Path
    counters: Path
    _program: Leashed = field(repr=False)
    _port: Port = field(repr=False)

    @property
    def pid(self) -> int:
        """Return the id of the server's root process."""
        return self._program.pid

    @property
    def keeper_pid(self) -> int:
        """Return the id of the process that inherits what the server orphans; it is no part of the server."""
        return self._program.keeper_pid

    @property
    def group(self) -> Path | None:
        """Return the folder of the server's control group, None where it has none."""
        return self._program.group

    @property
    def sharing_group(self) -> Path | None:
        """Return the folder of the control group that gives the server one share of a core, None where it has none."""
        return self._program.sharing_group

    def processes(self) -> list[int]:
        """Return the ids of the server's processes as they are now, with those whose parent ended."""
        return tree.tree(self.keeper_pid)[1:]

    def place(self, cores: frozenset[int]) -> None:
        """Pin every thread of the tree, and what it starts later, to `cores` (where the system can)."""
        tree.place(self.pid, cores)

    def alive(self) -> bool:
        """Tell whether the root process runs."""
        return self._program.poll() is None

    def answered(self) -> int:
        """Return how many requests its processes have answered so far, those that ended included."""
        return sum(self._counts())

    def counted(self, place: int) -> int | None:
        """Return what its processes have counted so far at a place of their counters; None where one counts no such."""
        found = [counted(counter.read_bytes(), place) for counter in self.counters.iterdir()]
        known = [each for each in found if each is not None]
        return sum(known) if found and len(known) == len(found) else None

    def _counts(self) -> list[int]:
        return [counted(counter.read_bytes(), ANSWERED) or 0 for counter in self.counters.iterdir()]

    def wait_until_ready(self, timeout_s: float = 60.0) -> None:
        """Ask `/health` until every worker answered 200; raise `LaneFailed` with the end of the log when one does not.

        Which worker answers is up to the kernel, so each is known by its counter; an app that counts nothing is ready
        when any of its workers is.
        """
        deadline = time.monotonic() + timeout_s
        pause_s, longest_s = _POLL_S
        seen: set[int] = set()
        while (reason := (sick := health(self.base_url)) or self.silent()) is not None:
            if not self.alive():
                raise self.failed(f"its server ended with code {self._program.poll()} before it answered")
            seen.update(self.processes())
            if len(seen) > _MOST_PROCESSES_PER_WORKER * (self.workers + 1):
                raise self.failed("its workers end as soon as they are started")
            if time.monotonic() > deadline:
                raise self.failed(f"it was not ready after {timeout_s:.0f} s: {reason}")
            time.sleep(pause_s)
            pause_s = min(pause_s * 1.5, longest_s) if sick else _POLL_S[0]
        self._port.release()

    def silent(self) -> str | None:
        """Return how many workers have answered while some have not; None when all have, or when none is counted."""
        counts = self._counts()
        heard = sum(count > 0 for count in counts)
        return f"{heard} of its {self.workers} workers answered" if counts and heard < self.workers else None

    def failed(self, reason: str) -> LaneFailed:
        """Return the error that gives `reason` and quotes the end of the log."""
        return LaneFailed(f"the lane {self.lane.name} (stack {self.stack}) failed: {reason}{end_of(self.log)}")

    def ask_to_end(self, grace_s: float = GRACE_S) -> None:
        """Let the server end by itself; `stop` waits for it."""
        self._program.ask_to_end(grace_s)

    def wait_until_gone(self) -> int:
        """Wait until nothing is left of the server's processes; return the exit code of the root."""
        return self._program.wait()

    def stop(self) -> None:
        """Stop the server and all it forked; killed when it takes more than a few seconds."""
        self._program.stop(GRACE_S)
        self._port.release()
