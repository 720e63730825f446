"""Who gets which core: the same for every lane, stated in every cell."""

import contextlib
import os

import msgspec

from backing.problem import Problem


class Cores(msgspec.Struct, frozen=True, kw_only=True):
    """The servers' cores and those of everything else: load agent, PostgreSQL, Valkey and the orchestrator."""

    servers: frozenset[int]
    others: frozenset[int]

    @property
    def everything(self) -> frozenset[int]:
        """All cores of this run."""
        return self.servers | self.others

    @property
    def shared(self) -> bool:
        """Whether generator and servers compete for a core."""
        return bool(self.servers & self.others)

    def first(self, count: int) -> frozenset[int]:
        """Return `count` cores for the servers, the last ones of this run; raise `Problem` when there are fewer."""
        if count > len(self.everything):
            raise Problem(f"cores={count}: this machine has {len(self.everything)} to give")
        return frozenset(sorted(self.everything)[-count:])

    def for_servers(self, *, all_cores: bool) -> frozenset[int]:
        """Return the servers' cores under a scenario."""
        return self.everything if all_cores else self.servers


def available() -> frozenset[int]:
    """Return the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return frozenset(os.sched_getaffinity(0))
    return frozenset(range(os.cpu_count() or 1))


def share_out(asked: int | None, cores: frozenset[int]) -> Cores:
    """Give the servers `asked` cores (1 by default), the last ones, and the rest to the others.

    Where nothing is left for the others, all share; raise `Problem` when there are not so many cores.
    """
    count = asked or 1
    if count > len(cores):
        raise Problem(f"--cores {count}: this machine has {len(cores)} to give; ask for 1 to {len(cores)}")
    ordered = sorted(cores)
    servers = frozenset(ordered[-count:])
    return Cores(servers=servers, others=(cores - servers) or cores)


def pin_this_process(cores: frozenset[int]) -> None:
    """Keep the orchestrator, and what it starts from now on, on `cores` (where the system can)."""
    if hasattr(os, "sched_setaffinity"):
        with contextlib.suppress(PermissionError):
            os.sched_setaffinity(0, cores)
