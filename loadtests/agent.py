"""The load agent: `python -m loadtests.agent SOCKET` loads servers as it is told, slice after slice.

Importing Locust patches the interpreter and takes a second, so it happens once, here and not in the orchestrator.
The users are Locust's, spawned by its runner and kept: between slices each waits for the next piece of work. Their
connections are kept as well, by the key that the orchestrator gives.
"""

import gc
import resource
import sys
from collections.abc import Callable, Sequence

import gevent
from gevent import get_hub, getcurrent, socket
from locust import User, task
from locust.env import Environment

from backing.problem import Problem
from loadtests.load import yardsticks
from loadtests.load.closed import Crowd
from loadtests.load.connection import Connection
from loadtests.load.frames import Stream
from loadtests.load.opened import OpenCrowd
from loadtests.load.slices import Running
from loadtests.load.wire import Address, Wanted
from loadtests.messages import Close, Done, Failure, Load, Reading, Reply, Request, Slices, Stop, Together, Yardstick

_OWN_FILES = 64


class SliceUser(User):
    """A user who does one piece of work after another, all in one task: picking tasks is Locust's slowest part.

    What wakes a user runs in the hub and switches straight into the greenlet: thousands that start at the same moment
    would otherwise queue up behind whatever arrives for those that are at work.
    """

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._job: Callable[[], None] | None = None
        self._wake: Callable[[], object] | None = None

    @task
    def work(self) -> None:
        """Wait for a piece of work and do it, again and again."""
        hub, wake = get_hub(), getcurrent().switch
        while True:
            if self._job is None:
                self._wake = wake
                hub.switch()
                self._wake = None
            if self._job is not None:
                job, self._job = self._job, None
                job()

    def give(self, job: Callable[[], None]) -> None:
        """Hand over a piece of work, which begins at once if the user waits for it; called in the hub."""
        self._job = job
        if self._wake is not None:
            self._wake()


class Crew:
    """Locust's environment, its runner and the users spawned so far."""

    def __init__(self) -> None:
        self._runner = Environment(user_classes=[SliceUser, *yardsticks.CLASSES.values()]).create_local_runner()
        self._users: list[SliceUser] = []

    def grow(self, users: int) -> None:
        """Have at least that many users."""
        missing = users - len(self._users)
        if missing > 0:
            self._users += self._runner.spawn_users({SliceUser.__name__: missing})

    def measure(self, request: Yardstick) -> Reading:
        """Let users of Locust's own class at the server for a while."""
        return yardsticks.measure(self._runner, request)

    def starter(self, first: int) -> Callable[[int, Callable[[], None]], None]:
        """Return what gives user `first` + N something to do; to be called in the hub."""
        return lambda number, job: self._users[first + number].give(job)


class Kept:
    """The connections kept between slices, by key; a key belongs to one base URL."""

    def __init__(self) -> None:
        self._by_key: dict[tuple[str, str], list[Connection]] = {}

    def of(self, load: Load, address: Address) -> list[Connection]:
        """Return one connection for each user of `load`."""
        kept = self._by_key.setdefault((load.key, load.base_url), [])
        kept += [Connection(address) for _ in range(load.users - len(kept))]
        return kept

    def close(self, key: str | None) -> None:
        """Close and forget those of `key`, or all."""
        for name in [name for name in self._by_key if key in (None, name[0])]:
            for connection in self._by_key.pop(name):
                connection.close()


class Agent:
    """Does what the orchestrator on the other side of the stream asks for."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._crew = Crew()
        self._kept = Kept()
        self._running: Running | None = None

    def serve(self) -> None:
        """Carry out requests until the orchestrator is gone."""
        while True:
            try:
                self._handle(self._stream.receive())
            except EOFError:
                return

    def _handle(self, request: Request) -> None:
        if isinstance(request, Stop):
            if self._running is not None:
                self._running.stop()
        elif self._running is not None:
            self._stream.send(Failure(message="a slice is running; stop it or wait for its end"))
        elif isinstance(request, Yardstick):
            self._stream.send(self._crew.measure(request))
        elif isinstance(request, Close):
            self._kept.close(request.key)
            self._stream.send(Done())
        else:
            self._begin(request)

    def _begin(self, request: Load | Together) -> None:
        loads = request.loads if isinstance(request, Together) else (request,)
        try:
            self._running = Running(self._crowds(loads))
        except Problem as problem:
            self._stream.send(Failure(message=str(problem)))
            return
        gevent.spawn(self._run, self._running, together=isinstance(request, Together))

    def _crowds(self, loads: Sequence[Load]) -> list[Crowd | OpenCrowd]:
        """Return each load's users, who are others for each, on the connections kept for them."""
        if not loads or len({load.key for load in loads}) < len(loads):
            raise Problem(f"{len(loads)} loads that run together need keys of their own; give each another `key`")
        if any(load.rate is not None and load.rate <= 0 for load in loads):
            raise Problem("an open load needs a rate above 0 requests per second; leave it out for a closed one")
        addresses = [Address.of(load.base_url) for load in loads]
        users = sum(load.users for load in loads)
        _allow_open_files(users)
        self._crew.grow(users)
        length_s = max(load.settle_s + load.window_s for load in loads)
        crowds: list[Crowd | OpenCrowd] = []
        for load, address in zip(loads, addresses, strict=True):
            start = self._crew.starter(sum(len(crowd.connections) for crowd in crowds))
            wanted = [Wanted.of(each, address.host) for each in load.exchanges or (load.exchange,)]
            connections = self._kept.of(load, address)
            if load.rate is None:
                crowds.append(Crowd(load, wanted, connections, start))
            else:
                crowds.append(OpenCrowd(load, wanted, connections, start, length_s=length_s))
        return crowds

    def _run(self, running: Running, *, together: bool) -> None:
        try:
            slices = running.run()
            reply: Reply = Slices(slices=slices) if together else slices[0]
        except Exception as error:  # noqa: BLE001 - reported to the orchestrator, which raises it
            reply = Failure(message=f"the load agent failed: {type(error).__name__}: {error}")
        self._running = None
        self._stream.send(reply)


def _allow_open_files(users: int) -> None:
    """Raise this process's limit of open files as far as it goes; raise `Problem` when that is not enough."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    needed = users + _OWN_FILES
    if hard not in {resource.RLIM_INFINITY, -1} and hard < needed:
        raise Problem(
            f"{users} users need {needed} open files, {hard} are allowed; raise it, as root, with `ulimit -Hn {needed}`"
        )


def main(path: str) -> None:
    """Connect to the orchestrator's socket at `path` and serve it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(path)
        agent = Agent(Stream(connection, Request))
        gc.collect()
        gc.freeze()
        agent.serve()


if __name__ == "__main__":
    main(sys.argv[1])
