"""A lane's server as a running process: start, wait until ready, place, count, stop."""

import contextlib
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from backing import tree
from backing.leash import Leashed
from backing.leash import start as start_leashed
from backing.problem import LaneFailed, end_of
from backing.services import Services
from loadtests.servers.environment import environment_of
from loadtests.servers.lanes import Lane
from loadtests.servers.ports import Port
from loadtests.servers.readiness import health
from loadtests.servers.setup import Setup, workers_for
from loadtests.servers.stacks import ROOT, Stack
from loadtests.servers.stacks import stack as stack_named

GRACE_S = 3.0
_POLL_S = (0.02, 0.3)
# uvicorn starts a worker that cannot import its app again and again.
_MOST_PROCESSES_PER_WORKER = 5


@dataclass(frozen=True)
class Server:
    """A running lane. `log` is what it prints, `counters` the folder in which its processes count their answers.

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

    def _counts(self) -> list[int]:
        return [int.from_bytes(counter.read_bytes()[:8], "little") for counter in self.counters.iterdir()]

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


def start(
    lane: Lane,
    *,
    services: Services,
    folder: Path,
    log_folder: Path | None = None,
    stack: str = "current",
    workers: int | None = None,
    threads: int | None = None,
    pool_size: int | None = None,
    label: str = "",
    checkout: Path | None = None,
    cores: frozenset[int] | None = None,
    port: int = 0,
    host: str = "127.0.0.1",
    environment: Mapping[str, str] | None = None,
    shared: bool = False,
) -> Server:
    """Start a lane and return without waiting for it.

    Its counters go below `folder`, its log into `log_folder` (or `folder`). `port` 0 takes a free one. What is None is
    as the lane's row and the contract have it; `label` names one server among several of a lane, `checkout` is the
    folder whose apps are served. `environment` is added to the server's; `shared` gives it one share of a core however
    many threads it runs, where that can be done. Raises a problem when the stack is missing or the port is taken.
    """
    setup = Setup(
        lane=lane,
        stack=stack,
        workers=workers if workers is not None else workers_for(lane, len(cores) if cores else os.cpu_count() or 1),
        threads=threads,
        pool_size=pool_size,
        label=label,
    )
    counters = _new_folder(folder, setup.name if stack == "current" else f"{setup.name}-{stack}")
    log = (log_folder or folder) / f"{counters.name}.log"
    root = checkout or ROOT
    python = stack_named(stack)
    held = Port(host, port)
    try:
        program = start_leashed(
            command(setup, python, host=host, port=held.number),
            log=log,
            environment={**environment_of(setup, services, counters, root), **(environment or {})},
            folder=root,
            cores=cores,
            grouped=True,
            shared=shared,
        )
    except OSError as error:
        held.release()
        raise LaneFailed(f"the lane {lane.name} (stack {stack}) failed: {error}") from None
    shown = f"[{host}]" if ":" in host else host
    return Server(
        lane=lane,
        stack=stack,
        name=setup.name,
        base_url=f"http://{shown}:{held.number}",
        workers=setup.workers,
        log=log,
        counters=counters,
        _program=program,
        _port=held,
    )


def command(setup: Setup, stack: Stack, *, host: str, port: int) -> list[str | Path]:
    """Return a server's command line with its places filled in."""
    threads = setup.server_threads
    filled = (part.format(host=host, port=port, workers=setup.workers, threads=threads) for part in setup.lane.command)
    return [stack.python, *filled]


def _new_folder(parent: Path, name: str) -> Path:
    """Make a folder that no other server has: one lane may run several times beside itself."""
    tried = 1
    while True:
        folder = parent / (name if tried == 1 else f"{name}-{tried}")
        try:
            folder.mkdir()
        except FileExistsError:
            tried += 1
        else:
            return folder


@contextlib.contextmanager
def served(
    lanes: Sequence[Lane],
    *,
    services: Services,
    folder: Path,
    log_folder: Path | None = None,
    stack: str = "current",
    workers: int | None = None,
    cores: frozenset[int] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[list[Server]]:
    """Start all lanes at once, wait until each is ready, and stop all at the end of the block."""
    servers: list[Server] = []
    try:
        for lane in lanes:
            servers.append(  # noqa: PERF401 - those that were started are stopped when a later one cannot be
                start(
                    lane,
                    services=services,
                    folder=folder,
                    log_folder=log_folder,
                    stack=stack,
                    workers=workers,
                    cores=cores,
                    environment=environment,
                )
            )
        for server in servers:
            server.wait_until_ready()
        yield servers
    finally:
        stop_all(servers)


def stop_all(servers: Sequence[Server]) -> None:
    """Stop servers together: as long as the slowest takes, not as long as all of them."""
    for server in servers:
        server.ask_to_end()
    for server in servers:
        server.stop()
