"""The bench: services, the load agent and all lanes, up and idle until one of them is loaded."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import psycopg

from backing.problem import Problem
from backing.scratch import scratch
from backing.services import Services, services
from loadtests.agent_client import Agent, agent
from loadtests.measurement import accounting
from loadtests.measurement.accounting import Commands, Connections
from loadtests.measurement.cores import Cores
from loadtests.measurement.pace import Pacers, pacers
from loadtests.measurement.subject import ServerKey, Subject
from loadtests.servers import LANES, Server, start, stop_all

_NAMES = {"postgres": "PostgreSQL", "valkey": "Valkey"}


class ServiceEnded(Problem):
    """A private PostgreSQL or Valkey ended by itself: what comes after would measure nothing."""


class Bench:
    """Everything that a slice needs; `dead` are servers that ended, with the reason.

    `commands` counts those of our own Valkey; None where it is another's, which may serve others too.
    """

    def __init__(
        self,
        *,
        load: Agent,
        servers: Mapping[ServerKey, Server],
        backing: Services,
        connections: Connections,
        commands: Commands | None = None,
        pacers: Pacers | None = None,
        cores: Cores,
        folder: Path,
        logs: Path,
    ) -> None:
        self.load = load
        self.backing = backing
        self.connections = connections
        self.commands = commands
        self.pacers = pacers or Pacers({})
        self.cores = cores
        self.folder = folder
        self._logs = logs
        self.dead: dict[ServerKey, str] = {}
        self._servers = servers
        self._placed = dict.fromkeys(servers, cores.servers)

    def server(self, subject: Subject) -> Server:
        """Return the server that a cell is measured on."""
        return self._servers[subject.key]

    def place(self, subject: Subject) -> None:
        """Give a cell's server its cores, if it has others."""
        cores = frozenset(subject.cores)
        if self._placed[subject.key] != cores:
            self.server(subject).place(cores)
            self._placed[subject.key] = cores

    def check_alive(self, subject: Subject) -> bool:
        """Tell whether a cell's server still runs; note why when it does not."""
        server = self.server(subject)
        if subject.key not in self.dead and not server.alive():
            self.dead[subject.key] = str(server.failed("its server ended in the middle of the run"))
        return subject.key not in self.dead

    def ended_service(self) -> ServiceEnded | None:
        """Return the problem that one of our own services ended, None while all run."""
        for name, pid in self.backing.processes.items():
            if not accounting.runs(pid):
                return ServiceEnded(f"{_NAMES[name]} ended in the middle of the run; see {self._logs / name}.log")
        return None


@contextlib.contextmanager
def bench(subjects: Sequence[Subject], cores: Cores, log_folder: Path, *, paced: bool = True) -> Iterator[Bench]:
    """Start everything, the lanes all at once; raise a problem when one of it cannot start.

    `paced` measures the pace of the cores, which comparisons hold out.
    """
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(scratch())
        backing = stack.enter_context(services(folder, log_folder=log_folder, cores=cores.others))
        servers: dict[ServerKey, Server] = {}
        stack.callback(lambda: stop_all(list(servers.values())))
        for subject in subjects:
            if subject.key not in servers:
                servers[subject.key] = _start(subject, backing, cores, folder, log_folder)
        load = stack.enter_context(agent(folder, log=log_folder / "agent.log", cores=cores.others))
        connections = stack.enter_context(_counted(backing))
        ours = "valkey" in backing.processes
        commands = stack.enter_context(Commands.counted(backing.valkey_url)) if ours else None
        for server in servers.values():
            server.wait_until_ready()
            server.place(cores.servers)
        measured = cores.everything if paced else ()
        yield Bench(
            load=load,
            servers=servers,
            backing=backing,
            connections=connections,
            commands=commands,
            pacers=stack.enter_context(pacers(measured, folder, log=log_folder / "pace.log")),
            cores=cores,
            folder=folder,
            logs=log_folder,
        )


def _start(subject: Subject, backing: Services, cores: Cores, folder: Path, log_folder: Path) -> Server:
    return start(
        LANES[subject.lane],
        services=backing,
        folder=folder,
        log_folder=log_folder,
        stack=subject.stack,
        workers=subject.workers,
        threads=subject.threads,
        pool_size=subject.pool_size,
        label=subject.key.label,
        checkout=None if subject.checkout is None else Path(subject.checkout),
        # While they start there is nothing to measure, so every core may help.
        cores=cores.everything,
    )


@contextlib.contextmanager
def _counted(backing: Services) -> Iterator[Connections]:
    with contextlib.ExitStack() as stack:
        try:
            connections = stack.enter_context(Connections.counted(backing.database_url))
        except psycopg.Error as error:
            raise Problem(f"the database accepts no further connection ({error}); raise its max_connections") from error
        yield connections
