"""How one server of a lane is started: the lane's own row, and what is asked for beyond it."""

from dataclasses import dataclass

from loadtests.servers.lanes import THREADS, Lane


@dataclass(frozen=True)
class Setup:
    """One server: `threads` and `pool_size` are the lane's and the contract's own where they are None.

    `name` is what its database connections and its folder are called by; servers that run together have different
    ones.
    """

    lane: Lane
    stack: str = "current"
    workers: int = 1
    threads: int | None = None
    pool_size: int | None = None
    label: str = ""

    @property
    def name(self) -> str:
        """Return the label, or the lane's name."""
        return self.label or self.lane.name

    @property
    def server_threads(self) -> int:
        """Return how many threads the server command asks for."""
        return self.lane.threads if self.threads is None else self.threads

    @property
    def pool_threads(self) -> int:
        """Return the size of AnyIO's thread pool: equal in all lanes, where nothing else is asked for."""
        return THREADS if self.threads is None else self.threads


def workers_for(lane: Lane, server_cores: int) -> int:
    """Return the lane's number of workers: its own, or one per core and at least two."""
    return lane.workers if lane.workers is not None else max(2, server_cores)
