"""What this generator reaches against a server that does nothing: no lane near it can be believed."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from backing import leash, tree
from backing.problem import Problem
from loadtests.agent_client import Agent
from loadtests.measurement.about import ROOT, Ceiling
from loadtests.measurement.cores import Cores
from loadtests.measurement.per_round import qps
from loadtests.messages import Exchange, Load

_SETTLE_S = 0.1
_WINDOW_S = 0.5
_START_S = 20.0
# About as long as the answer of `hello`.
_BYTES = 19


class NullServer(msgspec.Struct, frozen=True, kw_only=True):
    """Where the server answers, and its process."""

    base_url: str
    pid: int


def calibrate(load: Agent, users: tuple[int, ...], cores: Cores, folder: Path) -> dict[int, Ceiling]:
    """Load the null server on the servers' cores with each number of users."""
    with null_server(cores, folder) as server:
        ceilings = {count: _one(load, server.base_url, count) for count in users}
        load.close("null")
    return ceilings


def _one(load: Agent, base_url: str, users: int) -> Ceiling:
    exchange = Exchange(target=f"/?bytes={_BYTES}", length=_BYTES, contains=b"x")
    client = load.load(
        Load(key="null", base_url=base_url, exchange=exchange, users=users, settle_s=_SETTLE_S, window_s=_WINDOW_S)
    )
    return Ceiling(qps=qps(client), cpu_us_per_request=client.cpu_ns / 1e3 / max(1, client.requests), users=users)


@contextmanager
def null_server(cores: Cores, folder: Path) -> Iterator[NullServer]:
    """Run a server that only answers, on the servers' cores; yield where."""
    port_file = folder / "null-server.port"
    command: list[str | Path] = [sys.executable, "-m", "loadtests.load.null_server", port_file]
    with leash.leashed(command, folder=ROOT, grace_s=0) as program:
        tree.place(program.pid, cores.servers)
        deadline = time.monotonic() + _START_S
        while not port_file.exists():
            if program.poll() is not None or time.monotonic() > deadline:
                raise Problem("the server that calibrates the generator did not start; run `trilane calibrate`")
            time.sleep(0.02)
        yield NullServer(base_url=f"http://127.0.0.1:{port_file.read_text()}", pid=program.pid)
    port_file.unlink(missing_ok=True)


def as_qps(ceilings: dict[int, Ceiling]) -> dict[int, float]:
    """Return by number of users how many requests per second the generator's core has time for.

    Few users, or a core taken away for a moment, give fewer than it could; its CPU time per request hardly changes.
    """
    return {users: max(ceiling.qps, 1e6 / ceiling.cpu_us_per_request) for users, ceiling in ceilings.items()}
