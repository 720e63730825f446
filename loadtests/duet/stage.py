"""The stage of a duet: services and load agent that stay, and pairs of servers that come and go.

Two processes of one program are never quite alike: where the system puts their memory makes a difference of about a
percent. So a duet starts both servers anew several times, and what is left of that difference shows between pairs.
"""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from backing.scratch import scratch
from backing.services import Services, services
from loadtests.agent_client import Agent, agent
from loadtests.measurement.accounting import Connections
from loadtests.measurement.bench import Bench
from loadtests.measurement.books import Books, books
from loadtests.measurement.cores import Cores
from loadtests.measurement.subject import ServerKey, Subject
from loadtests.servers import LANES, Server, start, stop_all

Sides = tuple[Subject, Subject]

# More than a duet has starts, so that two seeds share no hash seed.
_STARTS = 1_000
# Python takes no larger hash seed.
_HASH_SEEDS = 2**32


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Both servers, up and on their core. `fair` tells whether the kernel gives each half of it."""

    bench: Bench
    sides: Sides
    fair: bool


class Stage:
    """What outlives a pair; use it through `stage`."""

    def __init__(
        self,
        *,
        load: Agent,
        backing: Services,
        connections: Connections,
        kept: Books,
        cores: Cores,
        seed: int,
        folder: Path,
        logs: Path,
    ) -> None:
        self.load = load
        self._seed = seed
        self._backing = backing
        self._connections = connections
        self._books = kept
        self._cores = cores
        self._folder = folder
        self._logs = logs
        self._ending: list[Server] = []

    @contextlib.contextmanager
    def pair(self, sides: Sides, number: int) -> Iterator[Pair]:
        """Start both servers at once, every second time the other one first; the former pair ends meanwhile.

        Both get the same seed for their hashes, each pair another that follows from the duet's: an order of keys that
        suits one suits both.
        """
        own = (_copy(sides[0], 2 * number), _copy(sides[1], 2 * number + 1))
        servers: dict[ServerKey, Server] = {}
        try:
            for subject in own if number % 2 else reversed(own):
                servers[subject.key] = self._start(subject, hash_seed=hash_seed(self._seed, number))
            for server in servers.values():
                server.wait_until_ready()
            self.end_former()
            for server in servers.values():
                server.place(self._cores.servers)
            yield Pair(bench=self._bench(servers), sides=own, fair=all(each.sharing_group for each in servers.values()))
            for subject in own:
                self.load.close(subject.key.label)
        finally:
            self._leave(list(servers.values()))

    def end_former(self) -> None:
        """Wait until the servers that were asked to end have ended."""
        former, self._ending = self._ending, []
        stop_all(former)

    def _leave(self, servers: Sequence[Server]) -> None:
        self._ending += servers
        for server in servers:
            server.ask_to_end()

    def _bench(self, servers: dict[ServerKey, Server]) -> Bench:
        return Bench(
            load=self.load,
            servers=servers,
            backing=self._backing,
            connections=self._connections,
            books=self._books,
            cores=self._cores,
            folder=self._folder,
            logs=self._logs,
        )

    def _start(self, subject: Subject, *, hash_seed: int) -> Server:
        return start(
            LANES[subject.lane],
            services=self._backing,
            folder=self._folder,
            log_folder=self._logs,
            stack=subject.stack,
            workers=subject.workers,
            threads=subject.threads,
            pool_size=subject.pool_size,
            label=subject.key.label,
            checkout=None if subject.checkout is None else Path(subject.checkout),
            # While they start there is nothing to measure, so every core may help.
            cores=self._cores.everything,
            environment={"PYTHONHASHSEED": str(hash_seed)},
            shared=True,
        )


@contextlib.contextmanager
def stage(cores: Cores, log_folder: Path, *, seed: int, database: str | None = None) -> Iterator[Stage]:
    """Start the services and the load agent; raise a problem when one of them cannot start."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(scratch())
        backing = stack.enter_context(services(folder, log_folder=log_folder, cores=cores.others, database=database))
        load = stack.enter_context(agent(folder, log=log_folder / "agent.log", cores=cores.others))
        connections = stack.enter_context(Connections.counted(backing.database_url))
        built = Stage(
            load=load,
            backing=backing,
            connections=connections,
            kept=stack.enter_context(books(backing.database_url)),
            cores=cores,
            seed=seed,
            folder=folder,
            logs=log_folder,
        )
        stack.callback(built.end_former)
        yield built


def _copy(subject: Subject, number: int) -> Subject:
    return msgspec.structs.replace(subject, copy=number)


def hash_seed(seed: int, number: int) -> int:
    """Return the seed for the hashes of both servers of a pair."""
    return (seed * _STARTS + number) % _HASH_SEEDS
