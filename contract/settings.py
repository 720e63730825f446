"""What an app is told by its environment: the only channel from a server command to the app behind it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """The environment of one server process.

    `database_url` is `postgresql://…`; `valkey_url` is `valkey://…`, `redis://…` or `unix://…`; `pool_size` is the
    most connections that one process may hold; a request waits at most `pool_timeout_s` for one of them and at most
    `query_timeout_s` for the answer to a query; `threads` is the size of AnyIO's thread pool; `counters` is the folder
    in which each process counts the requests that it answered, or empty to count none.
    """

    database_url: str
    valkey_url: str
    lane: str
    pool_size: int
    pool_timeout_s: float
    query_timeout_s: float
    threads: int
    counters: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read `TRILANE_*`; raise `ValueError` where a number is not one."""
        return cls(
            database_url=environment.get("TRILANE_DATABASE_URL", "postgresql://127.0.0.1:5432/trilane"),
            valkey_url=environment.get("TRILANE_VALKEY_URL", "valkey://127.0.0.1:6379/0"),
            lane=environment.get("TRILANE_LANE", "unnamed"),
            pool_size=int(environment.get("TRILANE_POOL_SIZE", "6")),
            pool_timeout_s=float(environment.get("TRILANE_POOL_TIMEOUT_S", "10")),
            query_timeout_s=float(environment.get("TRILANE_QUERY_TIMEOUT_S", "10")),
            threads=int(environment.get("TRILANE_THREADS", "32")),
            counters=environment.get("TRILANE_COUNTERS", ""),
        )
