"""Services that can be stopped, started again in the same place, and frozen; all of them private."""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from backing.postgres import Running, postgres
from backing.postgres_template import provide
from backing.private_upstream import upstream
from backing.services import Services
from backing.tree import tree
from backing.valkey import valkey

# What a server is told, and what is therefore expected of it, in seconds.
POOL_TIMEOUT_S = 2
QUERY_TIMEOUT_S = 2
UPSTREAM_TIMEOUT_S = 2
ENVIRONMENT = {
    "TRILANE_POOL_TIMEOUT_S": str(POOL_TIMEOUT_S),
    "TRILANE_QUERY_TIMEOUT_S": str(QUERY_TIMEOUT_S),
    "TRILANE_UPSTREAM_TIMEOUT_S": str(UPSTREAM_TIMEOUT_S),
}


class Service:
    """A service that can fail: `begin` starts it, again and again, at the same address."""

    def __init__(self, begin: Callable[[], AbstractContextManager[Running]]) -> None:
        self._begin = begin
        self._held = ExitStack()
        self.running: Running | None = None

    def start(self) -> Running:
        """Start it and wait until it is ready."""
        self.running = self._held.enter_context(self._begin())
        return self.running

    def stop(self) -> None:
        """Stop it and wait until it is gone; nothing happens where it does not run."""
        self.running = None
        self._held.close()

    def restart(self) -> None:
        """Stop it and start it again."""
        self.stop()
        self.start()

    def freeze(self) -> None:
        """Stop every process of it in its tracks: connections stay, and nothing is answered."""
        frozen: set[int] = set()
        # A process may be born during a pass, from one that was not yet frozen.
        while fresh := set(self._processes()) - frozen:
            for pid in fresh:
                _signal(pid, signal.SIGSTOP)
            frozen |= fresh

    def thaw(self) -> None:
        """Let every process go on."""
        for pid in self._processes():
            _signal(pid, signal.SIGCONT)

    def _processes(self) -> list[int]:
        return [] if self.running is None else tree(self.running.pid)


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


@dataclass(frozen=True)
class Grounds:
    """What the lanes lean on, and what can be done to it."""

    services: Services
    database: Service
    store: Service
    upstream: Service

    def connections(self, lane: str, *, waiting: bool = False) -> int:
        """Return how many connections the database has from a lane's processes, or those whose query awaits a lock."""
        query = (
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE starts_with(application_name, %s) AND (NOT %s OR wait_event_type = 'Lock')"
        )
        with psycopg.connect(self.services.database_url, autocommit=True, connect_timeout=5) as connection:
            row = connection.execute(query, (f"{lane}:", waiting)).fetchone()
        return int(row[0]) if row else 0

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep everybody from reading articles, so that whoever has a connection of the pool keeps it."""
        with psycopg.connect(self.services.database_url, connect_timeout=5) as connection:
            connection.execute("LOCK TABLE article IN ACCESS EXCLUSIVE MODE")
            yield
            connection.rollback()


@contextlib.contextmanager
def grounds(folder: Path, logs: Path) -> Iterator[Grounds]:
    """Start all services, below `folder`, until the end of the block, whatever state they are left in."""
    data = provide(folder, log=logs / "postgres.log")
    # What is stopped here is started again on the same data, so it has to end whole.
    database = Service(lambda: postgres(folder, data, log=logs / "postgres.log", stop_signal=signal.SIGINT))
    store = Service(lambda: valkey(folder, log=logs / "valkey.log"))
    outside = Service(_upstream(folder, logs / "upstream.log"))
    with ExitStack() as stack:
        started = {}
        for name, service in {"postgres": database, "valkey": store, "upstream": outside}.items():
            stack.callback(service.stop)
            stack.callback(service.thaw)
            started[name] = service.start()
        services = Services(
            started["postgres"].url,
            started["valkey"].url,
            processes={name: running.pid for name, running in started.items()},
            upstream_url=started["upstream"].url,
            session_store="valkey",
        )
        yield Grounds(services, database, store, outside)


def _upstream(folder: Path, log: Path) -> Callable[[], AbstractContextManager[Running]]:
    """Return what starts the upstream: at a free port first, and from then on at that one."""
    ports = [0]

    @contextlib.contextmanager
    def begin() -> Iterator[Running]:
        with upstream(folder, log=log, port=ports[0]) as running:
            ports[0] = urlsplit(running.url).port or 0
            yield running

    return begin
