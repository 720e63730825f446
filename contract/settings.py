"""What an app is told by its environment: the only channel from a server command to the app behind it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

SESSION_STORES = ("cookie", "valkey")
# What opening a connection to the database may take.
CONNECT_TIMEOUT_S = 2


@dataclass(frozen=True)
class Settings:
    """The environment of one server process.

    `database_url` is `postgresql://…` or `mysql://…`; `valkey_url` is `valkey://…`, `redis://…` or `unix://…`;
    `pool_size` is the most connections that one process may hold; a request waits at most `pool_timeout_s` for one of
    them and at most `query_timeout_s` for the answer to a query; `threads` is the size of AnyIO's thread pool;
    `counters` is the folder in which each process counts the requests that it answered, or empty to count none.

    `upstream_url` is the service that `upstream` calls, which has `upstream_timeout_s` for each call as a whole. A
    session is kept in a `cookie` or in `valkey`, for `session_lifetime_s` after it was last written, or until the
    browser is closed. `secret_key` signs cookies: every process of a server has to be told the same one, by its text or
    by the name of the file that holds it.
    """

    database_url: str
    valkey_url: str
    lane: str
    pool_size: int
    pool_timeout_s: float
    query_timeout_s: float
    threads: int
    counters: str
    upstream_url: str
    upstream_timeout_s: float
    session_store: str
    session_lifetime_s: int
    session_ends_with_browser: bool
    secret_key: str = field(repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read `TRILANE_*`; raise `ValueError` where a number is none, `OSError` where there is no file of the key."""
        return cls(
            database_url=environment.get("TRILANE_DATABASE_URL", "postgresql://127.0.0.1:5432/trilane"),
            valkey_url=environment.get("TRILANE_VALKEY_URL", "valkey://127.0.0.1:6379/0"),
            lane=environment.get("TRILANE_LANE", "unnamed"),
            pool_size=int(environment.get("TRILANE_POOL_SIZE", "6")),
            pool_timeout_s=float(environment.get("TRILANE_POOL_TIMEOUT_S", "10")),
            query_timeout_s=float(environment.get("TRILANE_QUERY_TIMEOUT_S", "10")),
            threads=int(environment.get("TRILANE_THREADS", "32")),
            counters=environment.get("TRILANE_COUNTERS", ""),
            upstream_url=environment.get("TRILANE_UPSTREAM_URL", "http://127.0.0.1:8090"),
            upstream_timeout_s=float(environment.get("TRILANE_UPSTREAM_TIMEOUT_S", "2")),
            session_store=_one_of(environment.get("TRILANE_SESSION_STORE", "cookie"), SESSION_STORES),
            session_lifetime_s=int(environment.get("TRILANE_SESSION_LIFETIME_S", "1209600")),
            session_ends_with_browser=environment.get("TRILANE_SESSION_ENDS_WITH_BROWSER", "0") == "1",
            secret_key=_secret_of(environment) or token_hex(),
        )


def _secret_of(environment: Mapping[str, str]) -> str:
    if file := environment.get("TRILANE_SECRET_KEY_FILE"):
        return Path(file).read_text(encoding="ascii").strip()
    return environment.get("TRILANE_SECRET_KEY", "")


def _one_of(text: str, words: tuple[str, ...]) -> str:
    if text not in words:
        raise ValueError(f"{text!r} is none of {', '.join(words)}")
    return text
