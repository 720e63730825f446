"""What this generator reaches against a server that does nothing: no lane near it can be believed."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from backing import leash, tree
from backing.problem import Problem
from loadtests.agent_client import Agent, OnLost, end_with, insist
from loadtests.measurement.about import ROOT, Ceiling
from loadtests.measurement.cores import Cores
from loadtests.measurement.per_round import qps
from loadtests.messages import Exchange, Load
from loadtests.servers.ports import shown

_SETTLE_S = 0.1
_WINDOW_S = 0.5
_START_S = 20.0
# About as long as the answer of `hello`.
_BYTES = 19


class NullServer(msgspec.Struct, frozen=True, kw_only=True):
    """Where the server answers, and its process."""

    base_url: str
    pid: int


def calibrate(
    load: Agent, users: tuple[int, ...], cores: Cores, folder: Path, on_lost: OnLost = end_with
) -> dict[int, Ceiling]:
    """Load the null server on the servers' cores with each number of users; again where a worker was lost meanwhile."""
    with null_server(cores, folder, load.servers_host) as server:
        while True:
            makers = load.members
            ceilings = {count: _one(load, server.base_url, count, on_lost) for count in users}
            if makers == load.members:
                break
        load.close("null")
    return ceilings


def _one(load: Agent, base_url: str, users: int, on_lost: OnLost) -> Ceiling:
    exchange = Exchange(target=f"/?bytes={_BYTES}", length=_BYTES, contains=b"x")
    client = insist(
        load,
        Load(
            key="null",
            base_url=base_url,
            exchange=exchange,
            users=users,
            settle_s=_SETTLE_S + load.apart_s,
            window_s=_WINDOW_S,
            linger_s=load.apart_s,
        ),
        on_lost,
    )
    return Ceiling(
        qps=qps(client),
        cpu_us_per_request=client.cpu_ns / 1e3 / max(1, client.requests),
        users=users,
        generators=load.generators,
    )


@contextmanager
def null_server(cores: Cores, folder: Path, host: str = "127.0.0.1") -> Iterator[NullServer]:
    """Run a server that only answers, on the servers' cores; yield where."""
    port_file = folder / "null-server.port"
    command: list[str | Path] = [sys.executable, "-m", "loadtests.load.null_server", port_file, host]
    with leash.leashed(command, folder=ROOT, grace_s=0) as program:
        tree.place(program.pid, cores.servers)
        deadline = time.monotonic() + _START_S
        while not port_file.exists():
            if program.poll() is not None or time.monotonic() > deadline:
                raise Problem("the server that calibrates the generator did not start; run `trilane calibrate`")
            time.sleep(0.02)
        yield NullServer(base_url=f"http://{shown(host, int(port_file.read_text()))}", pid=program.pid)
    port_file.unlink(missing_ok=True)


def as_qps(ceilings: dict[int, Ceiling]) -> dict[int, float]:
    """Return by number of users how many requests per second the generator's core has time for.

    Few users, or a core taken away for a moment, give fewer than it could; its CPU time per request hardly changes.
    Several generators may reach more than the server that does nothing, so what each of them has time for is added.
    """
    return {
        users: max(ceiling.qps, ceiling.generators * 1e6 / ceiling.cpu_us_per_request)
        for users, ceiling in ceilings.items()
    }
