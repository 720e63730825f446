"""Start the servers of lanes, alone or several at once, and stop them together."""

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from backing.leash import Leashed
from backing.leash import start as start_leashed
from backing.problem import LaneFailed
from backing.services import Services
from loadtests.servers.elsewhere import Elsewhere
from loadtests.servers.environment import environment_of
from loadtests.servers.lanes import Lane
from loadtests.servers.ports import Port, shown
from loadtests.servers.server import Server
from loadtests.servers.setup import Setup, workers_for
from loadtests.servers.stacks import ROOT, Stack
from loadtests.servers.stacks import stack as stack_named


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
        workers=_workers(lane, workers, cores),
        threads=threads,
        pool_size=pool_size,
        label=label,
    )
    counters = _new_folder(folder, setup.name if stack == "current" else f"{setup.name}-{stack}")
    log = (log_folder or folder) / f"{counters.name}.log"
    root = checkout or ROOT
    python = stack_named(stack)
    with _held(setup, host, port) as held:
        program = start_leashed(
            command(setup, python, host=host, port=held.number),
            log=log,
            environment={**environment_of(setup, services, counters, root), **(environment or {})},
            folder=root,
            cores=cores,
            grouped=True,
            shared=shared,
        )
    return _server(setup, program, held, host=host, log=log, counters=counters)


def _workers(lane: Lane, asked: int | None, cores: frozenset[int] | None) -> int:
    """Return the number asked for, or the lane's own on its cores."""
    return asked if asked is not None else workers_for(lane, len(cores) if cores else os.cpu_count() or 1)


@contextlib.contextmanager
def _held(setup: Setup, host: str, number: int) -> Iterator[Port]:
    """Hold a port for a server, and give it back when its program cannot be started."""
    held = Port(host, number)
    try:
        yield held
    except OSError as error:
        held.release()
        raise LaneFailed(f"the lane {setup.lane.name} (stack {setup.stack}) failed: {error}") from None


def _server(setup: Setup, program: Leashed, held: Port, *, host: str, log: Path, counters: Path) -> Server:
    """Return the server that a program is from now on."""
    return Server(
        lane=setup.lane,
        stack=setup.stack,
        name=setup.name,
        base_url=f"http://{shown(host, held.number)}",
        workers=setup.workers,
        log=log,
        counters=counters,
        _program=program,
        _port=held,
    )


def command(setup: Setup, stack: Stack, *, host: str, port: int) -> list[str | Path]:
    """Return a server's command line with its places filled in."""
    threads = setup.server_threads
    places = {"host": host, "port": port, "address": shown(host, port), "workers": setup.workers, "threads": threads}
    return [stack.python, *(part.format(**places) for part in setup.lane.command)]


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


def stop_all(servers: Sequence[Server | Elsewhere]) -> None:
    """Stop servers together: as long as the slowest takes, not as long as all of them."""
    for server in servers:
        server.ask_to_end()
    for server in servers:
        server.stop()
