"""A lane that runs elsewhere: as nobody here started it, it is neither placed nor stopped, and tells what it uses.

The apps tell it at `/stats`, one process in each answer. Which process answers is up to the server, so it is asked
again and again, over new connections, until nothing new comes.
"""

import http.client
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import msgspec

from backing.problem import Problem
from loadtests.servers.lanes import LANES, Lane

_TIMEOUT_S = 10.0
# A process that answers one request in eight is missed by so many with a chance of two in a hundred.
_NOTHING_NEW = 30
_MOST = 400


class Stats(msgspec.Struct, frozen=True):
    """What one process says of itself; `process` is the name that no other one has, `cpu_s` is in steps of 10 ms.

    `requests` are those that it has answered, `looks` among them asked for nothing but `/health` and `/stats`.
    """

    pid: int
    process: str
    threads: int
    rss_bytes: int
    cpu_s: float
    requests: int
    looks: int

    @property
    def work(self) -> int:
        """Return how many requests it has answered that asked for work."""
        return self.requests - self.looks


@dataclass(frozen=True)
class Heard:
    """What the processes said first and last, by their names; `missing` says why nothing is known where that is so."""

    first: Mapping[str, Stats]
    last: Mapping[str, Stats]
    missing: str | None = None


@dataclass
class Elsewhere:
    """A lane at a base URL, in the place of a `Server`; `name` is what its connections are kept by."""

    lane: Lane
    base_url: str
    name: str
    _known: frozenset[str] = field(default=frozenset(), repr=False)

    def alive(self) -> bool:
        """Return True: whether it answers is seen by its answers."""
        return True

    def wait_until_ready(self) -> None:
        """Do nothing: it is asked for the work itself before it is measured."""

    def place(self, cores: frozenset[int]) -> None:
        """Do nothing: its cores are its own."""

    def ask_to_end(self) -> None:
        """Do nothing: who started it ends it."""

    def stop(self) -> None:
        """Do nothing, as above."""

    def stats(self) -> Heard:
        """Ask until every process has answered that is known, or, the first time, until no other one answers."""
        first: dict[str, Stats] = {}
        last: dict[str, Stats] = {}
        nothing_new = 0
        for _ in range(_MOST):
            told = _ask(self.base_url)
            if isinstance(told, str):
                return Heard({}, {}, f"its server-side figures are missing: {told}")
            nothing_new = nothing_new + 1 if told.process in first else 0
            first.setdefault(told.process, told)
            last[told.process] = told
            if self._known <= first.keys() if self._known else nothing_new >= _NOTHING_NEW:
                break
        self._known |= first.keys()
        return Heard(first, last)


def _ask(base_url: str) -> Stats | str:
    """Return what the process says that answers, or why that cannot be read."""
    connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", "/stats", headers={"Connection": "close"})
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        return f"/stats: {error or type(error).__name__}"
    finally:
        connection.close()
    if answer.status != http.client.OK:
        return f"/stats answers {answer.status}"
    try:
        return msgspec.json.decode(body, type=Stats)
    except msgspec.DecodeError as error:
        return f"/stats is not what Trilane's apps answer ({error})"


_BASE_URL = re.compile(r"(http://(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?)/*")
_LAST_PORT = 65_535


def targets(typed: Iterable[str]) -> dict[str, str]:
    """Read LANE=URL, each lane once, several parted by commas; raise `Problem` for what is none."""
    found: dict[str, str] = {}
    for text in (part.strip() for each in typed for part in each.split(",")):
        lane, _, url = text.partition("=")
        if lane not in LANES:
            raise Problem(
                f"--target {lane or '(empty)'}: there is no such lane; write LANE=http://HOST:PORT with one of "
                f"{', '.join(LANES)}"
            )
        if lane in found:
            raise Problem(f"--target {text}: {lane} has an address already, {found[lane]}; add a lane of your own")
        found[lane] = base_url(f"--target {lane}", url)
    return found


def base_url(option: str, text: str) -> str:
    """Return the base URL without a slash at its end; raise `Problem` where it is none, or is more than that."""
    url = _BASE_URL.fullmatch(text)
    if url is None or not 1 <= int(url[2] or 80) <= _LAST_PORT:
        why = f": {_wrong(text)}" if text else ""
        raise Problem(f"{option}: {text or '(empty)'} cannot be loaded{why}; give http://HOST:PORT")
    return url[1]


def _wrong(text: str) -> str:
    """Return which part of it keeps it from being a base URL."""
    scheme, parted, _ = text.partition("://")
    if not parted:
        return "it has no http:// before the host"
    if scheme.lower() != "http":
        return f"{scheme} is not spoken, only http"
    try:
        found = urlsplit(text)
        port = found.port
    except ValueError:
        return f"its port is none from 1 to {_LAST_PORT}, or its host no address"
    parts = {"user name": found.username, "path": found.path.strip("/"), "query": found.query, "#": found.fragment}
    if more := [name for name, part in parts.items() if part]:
        return f"it has a {more[0]}, and a lane is all of what answers there"
    return f"its port is none from 1 to {_LAST_PORT}" if port == 0 else "its host is none"
