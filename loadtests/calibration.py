"""How fast this machine's load generators are: wrk, the load agent's lean user, Locust's own; against one null server.

All take turns in short rounds on the same core, so that what disturbs the machine disturbs them alike; a ratio is the
median over the rounds of the ratio within one.
"""

import re
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Literal

import msgspec
import psutil

from backing import leash, tree
from backing.problem import Problem
from backing.scratch import scratch
from loadtests.agent_client import Agent, agent
from loadtests.measurement.ceiling import NullServer, null_server
from loadtests.measurement.cores import Cores, available, share_out
from loadtests.messages import Exchange, Load, Yardstick

_SETTLE_S = 0.1
_WRK_SPARE_S = 30
_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")


class Ceilings(msgspec.Struct, frozen=True, kw_only=True):
    """Requests per second of each client and the ratios that matter; None where wrk is not installed.

    `server_share` is how much of its core the null server used: near 1, the server was the limit and the client could
    do more. `lean` is the load agent's, which takes its notes in bulk and reports nothing to Locust;
    `lean_cpu_us_per_request` is the steadiest of these figures.
    """

    wrk: float | None
    lean: float
    fast_http: float
    http: float
    lean_over_wrk: float | None
    lean_over_fast_http: float
    lean_cpu_us_per_request: float
    server_share: dict[str, float]
    users: int
    rounds: int
    seconds: int
    cores_shared: bool


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One client's turn in one round."""

    per_s: float
    server_share: float
    cpu_us: float | None = None


def calibrate(*, users: int, rounds: int, seconds: int) -> Ceilings:
    """Let the clients take turns `rounds` times, `seconds` each."""
    budget = share_out(None, available())
    cores = Cores(servers=budget.servers, others=frozenset({min(budget.others)}))
    turns: dict[str, list[Turn]] = {}
    with (
        scratch() as folder,
        agent(folder, log=folder / "agent.log", cores=cores.others) as load,
        null_server(cores, folder) as server,
    ):
        clients = Clients(load, server, folder / "wrk.log", cores.others, users, seconds)
        for number in range(rounds):
            for name in clients.in_order(number):
                turns.setdefault(name, []).append(clients.take_turn(name))
    return _ceilings(turns, users=users, seconds=seconds, cores_shared=budget.shared)


@dataclass(frozen=True)
class Clients:
    """The clients that take turns, all on `cores`."""

    load: Agent
    server: NullServer
    log: Path
    cores: frozenset[int]
    users: int
    seconds: int

    def in_order(self, number: int) -> list[str]:
        """Return the clients in another order for each round, so that none always follows the same one."""
        names = ["wrk", "lean", "fast_http", "http"] if shutil.which("wrk") else ["lean", "fast_http", "http"]
        first = number % len(names)
        return names[first:] + names[:first]

    def take_turn(self, name: str) -> Turn:
        """Load the server with one client and see how busy it is."""
        process = psutil.Process(self.server.pid)
        busy_s, start_s = sum(process.cpu_times()[:2]), time.monotonic()
        per_s, cpu_us = self._lean() if name == "lean" else (self._other(name), None)
        share = (sum(process.cpu_times()[:2]) - busy_s) / (time.monotonic() - start_s)
        return Turn(per_s=per_s, server_share=min(1.0, share), cpu_us=cpu_us)

    def _lean(self) -> tuple[float, float]:
        client = self.load.load(
            Load(
                key="calibrate",
                base_url=self.server.base_url,
                exchange=Exchange(target="/", length=2, equals=b"xx"),
                users=self.users,
                settle_s=_SETTLE_S,
                window_s=self.seconds,
            )
        )
        if client.errors:
            raise Problem(f"the load agent failed against the null server ({client.first_error}): please report it")
        window_s = (client.window_end_ns - client.window_start_ns) / 1e9
        return client.window_requests / window_s, client.cpu_ns / 1000 / client.requests

    def _other(self, name: str) -> float:
        if name == "wrk":
            return self._wrk()
        client: Literal["fast_http", "http"] = "fast_http" if name == "fast_http" else "http"
        reading = self.load.measure(
            Yardstick(
                client=client,
                base_url=self.server.base_url,
                target="/",
                users=self.users,
                settle_s=_SETTLE_S,
                window_s=self.seconds,
            )
        )
        if reading.failures:
            raise Problem(f"{reading.failures} requests of {name} failed against the null server: please report it")
        return reading.requests_per_s

    def _wrk(self) -> float:
        command = ["wrk", "-t1", f"-c{self.users}", f"-d{self.seconds}s", f"{self.server.base_url}/"]
        self.log.unlink(missing_ok=True)
        with leash.leashed(command, log=self.log) as program:
            tree.place(program.pid, self.cores)
            program.wait(self.seconds + _WRK_SPARE_S)
        said = self.log.read_text()
        rate = _RATE.search(said)
        if rate is None:
            raise Problem(f"wrk gave no rate: {said.strip()!r}; see whether `{' '.join(command)}` works")
        return float(rate[1])


def _ceilings(turns: Mapping[str, Sequence[Turn]], *, users: int, seconds: int, cores_shared: bool) -> Ceilings:
    per_s = {name: [turn.per_s for turn in row] for name, row in turns.items()}
    cpu_us = [turn.cpu_us for turn in turns["lean"] if turn.cpu_us is not None]
    return Ceilings(
        wrk=median(per_s["wrk"]) if "wrk" in per_s else None,
        lean=median(per_s["lean"]),
        fast_http=median(per_s["fast_http"]),
        http=median(per_s["http"]),
        lean_over_wrk=_ratio(per_s["lean"], per_s["wrk"]) if "wrk" in per_s else None,
        lean_over_fast_http=_ratio(per_s["lean"], per_s["fast_http"]),
        lean_cpu_us_per_request=median(cpu_us),
        server_share={name: round(median(turn.server_share for turn in row), 3) for name, row in turns.items()},
        users=users,
        rounds=len(per_s["lean"]),
        seconds=seconds,
        cores_shared=cores_shared,
    )


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the median over the rounds of the ratio within one."""
    return median(one / other for one, other in zip(ours, theirs, strict=True))
