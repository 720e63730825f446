"""The bench: services, the load agent and all lanes, up and idle until one of them is loaded."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from pathlib import Path

from backing.database_url import POSTGRESQL
from backing.problem import Problem
from backing.scratch import scratch
from backing.services import Services, services
from loadtests.agent_client import Agent, agent
from loadtests.measurement import accounting
from loadtests.measurement.accounting import Commands, Connections
from loadtests.measurement.books import Books, books
from loadtests.measurement.cores import Cores
from loadtests.measurement.pace import Pacers, pacers
from loadtests.measurement.subject import ServerKey, Subject
from loadtests.scenarios import SCENARIOS
from loadtests.servers import LANES, Server, start, stop_all
from loadtests.servers.elsewhere import Elsewhere
from loadtests.workers.crewing import LOOPBACK, Crewing
from loadtests.workers.launch import crew

NO_SERVICES = Services(database_url=f"{POSTGRESQL}://", valkey_url="", processes={})
"""In the place of services where nothing needs them."""
_NAMES = {"postgres": "PostgreSQL", "mariadb": "MariaDB", "valkey": "Valkey"}


class ServiceEnded(Problem):
    """A private database or Valkey ended by itself: what comes after would measure nothing."""


@dataclass(kw_only=True)
class Grounds:
    """Where lanes are measured: the services, what counts there, and the servers that are up.

    `dead` are servers that ended, with the reason. `commands` counts those of our own Valkey; None where it is
    another's, which may serve others too. `books` are kept of what is written; None where nothing is.
    """

    servers: InitVar[Mapping[ServerKey, Server | Elsewhere]]
    backing: Services
    connections: Connections
    commands: Commands | None = None
    books: Books | None = None
    pacers: Pacers = field(default_factory=lambda: Pacers({}))
    cores: Cores
    folder: Path
    logs: Path
    dead: dict[ServerKey, str] = field(default_factory=dict, init=False)

    def __post_init__(self, servers: Mapping[ServerKey, Server | Elsewhere]) -> None:
        self._servers = dict(servers)
        self._placed = dict.fromkeys(servers, self.cores.servers)

    def add(self, key: ServerKey, server: Server) -> None:
        """Take in a server that is ready, in the place of one that ended."""
        server.place(self.cores.servers)
        self._servers[key] = server
        self._placed[key] = self.cores.servers
        self.dead.pop(key, None)

    def has(self, subject: Subject) -> bool:
        """Tell whether a cell's server is up."""
        return subject.key in self._servers and self.check_alive(subject)

    def target(self, subject: Subject) -> Server | Elsewhere:
        """Return what a cell is measured on, here or elsewhere."""
        return self._servers[subject.key]

    def server(self, subject: Subject) -> Server:
        """Return the server that a cell is measured on; raise `TypeError` where that runs elsewhere."""
        server = self.target(subject)
        if isinstance(server, Elsewhere):
            raise TypeError(f"{subject.name} runs at {server.base_url}, and no server of it here")
        return server

    def place(self, subject: Subject) -> None:
        """Give a cell's server its cores, if it has others."""
        cores = frozenset(subject.cores)
        if subject.url is None and self._placed[subject.key] != cores:
            self.server(subject).place(cores)
            self._placed[subject.key] = cores

    def check_alive(self, subject: Subject) -> bool:
        """Tell whether a cell's server still runs; note why when it does not."""
        server = self.target(subject)
        if isinstance(server, Server) and subject.key not in self.dead and not server.alive():
            self.dead[subject.key] = str(server.failed("its server ended in the middle of the run"))
        return subject.key not in self.dead

    def ended_service(self) -> ServiceEnded | None:
        """Return the problem that one of our own services ended, None while all run."""
        for name, pid in self.backing.processes.items():
            if not accounting.runs(pid):
                return ServiceEnded(f"{_NAMES[name]} ended in the middle of the run; see {self.logs / name}.log")
        return None


@dataclass(kw_only=True)
class Bench(Grounds):
    """Everything that a slice needs: the grounds, and who makes the load."""

    load: Agent


@contextlib.contextmanager
def bench(
    subjects: Sequence[Subject],
    cores: Cores,
    log_folder: Path,
    *,
    paced: bool = True,
    database: str | None = None,
    session_store: str | None = None,
    crewing: Crewing | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Iterator[Bench]:
    """Start everything, the lanes all at once; raise a problem when one of it cannot start.

    `paced` measures the pace of the cores, which comparisons hold out. With `crewing` workers make the load, and the
    servers listen where these reach them; whom they wait for is told to `say`.
    """
    host = LOOPBACK if crewing is None else crewing.host
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(scratch())
        needed = needs_services(subjects)
        backing = stack.enter_context(
            services(folder, log_folder=log_folder, cores=cores.others, database=database, session_store=session_store)
            if needed
            else contextlib.nullcontext(NO_SERVICES)
        )
        servers: dict[ServerKey, Server | Elsewhere] = {}
        stack.callback(lambda: stop_all(list(servers.values())))
        for subject in subjects:
            if subject.key not in servers:
                servers[subject.key] = _start(subject, backing, cores, folder, log_folder, host=host)
        load: Agent = stack.enter_context(
            agent(folder, log=log_folder / "agent.log", cores=cores.others)
            if crewing is None
            else crew(folder, crewing, log_folder=log_folder, cores=cores.others, say=say)
        )
        connections = (
            stack.enter_context(Connections.counted(backing.database_url)) if needed else Connections(lambda _: None)
        )
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
            books=stack.enter_context(books(backing.database_url)) if needed else None,
            pacers=stack.enter_context(pacers(measured, folder, log=log_folder / "pace.log")),
            cores=cores,
            folder=folder,
            logs=log_folder,
        )


def needs_services(subjects: Sequence[Subject]) -> bool:
    """Tell whether a lane is started here, which leans on them, or something is written, which they have to hold."""
    return any(subject.url is None or SCENARIOS[subject.group.scenario].writes for subject in subjects)


def _start(
    subject: Subject, backing: Services, cores: Cores, folder: Path, log_folder: Path, *, host: str
) -> Server | Elsewhere:
    if subject.url is not None:
        return Elsewhere(LANES[subject.lane], subject.url, subject.key.label)
    return start(
        LANES[subject.lane],
        host=host,
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
