"""The users of a load process, which are Locust's, and the connections that they keep between slices."""

from collections.abc import Callable, Sequence

from gevent import get_hub, getcurrent
from locust import User, task
from locust.env import Environment
from locust.runners import Runner

from loadtests.load import yardsticks
from loadtests.load.connection import Connection
from loadtests.load.wire import Address
from loadtests.messages import Load, Reading, Yardstick


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


CLASSES = [SliceUser, *yardsticks.CLASSES.values()]
"""What the runner of a load process spawns."""


class Users:
    """Locust's runner and the users spawned so far."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
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
        # The last of the dictionary is what was used last.
        kept = self._by_key.pop((load.key, load.base_url), [])
        kept += [Connection(address) for _ in range(load.users - len(kept))]
        self._by_key[load.key, load.base_url] = kept
        return kept

    def leave_room(self, loads: Sequence[Load], most: int) -> None:
        """Close what was used least lately, until these loads' connections and the others kept are at most `most`."""
        own = {(load.key, load.base_url): load.users for load in loads}
        others = {name: kept for name, kept in self._by_key.items() if name not in own}
        held = sum(max(users, len(self._by_key.get(name, ()))) for name, users in own.items())
        held += sum(map(len, others.values()))
        for name, kept in others.items():
            if held <= most:
                return
            held -= len(kept)
            self._close(name)

    def close(self, key: str | None) -> None:
        """Close and forget those of `key`, or all."""
        for name in [name for name in self._by_key if key in (None, name[0])]:
            self._close(name)

    def _close(self, name: tuple[str, str]) -> None:
        for connection in self._by_key.pop(name):
            connection.close()
