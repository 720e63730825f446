"""How far one worker goes, what a second one adds, and how many it takes to make so many requests a second.

Workers load a server that does nothing but answer. One and two of them take turns in short rounds, so that what
disturbs the machine disturbs both alike; the ratio is the median over the rounds of the ratio within one.
"""

import math
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from statistics import median

import msgspec
import psutil

from backing.problem import Problem
from backing.scratch import scratch
from loadtests.measurement.ceiling import NullServer, null_server
from loadtests.measurement.cores import Cores, available, share_out
from loadtests.measurement.generator import core_share
from loadtests.measurement.per_round import qps
from loadtests.measurement.validity import GENERATOR_SHARE
from loadtests.messages import Exchange, Load
from loadtests.workers.crewing import Crewing
from loadtests.workers.launch import APART_S, CrewAgent, crew

_SETTLE_S = 0.2
_FULL = 0.9
# Below this share of a core, what the rest of it would do was not seen.
_SEEN = 0.8


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """What the workers of one crew reached in one round."""

    per_s: float
    core_share: float
    cpu_us: float
    bytes_received: float
    server_share: float


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """Medians over the rounds, of one worker; `two_over_one` is what two of them reached beside it.

    `server_share` is how busy the server's core was while both loaded it: near 1 the server was the limit, and two
    workers can do more. Both are None where there are no two cores beside the server's. `core_share` is what the worker
    had of its core: far below 1, others had the rest. `bytes_per_request` are those of an answer, headers included.
    """

    per_s: float
    core_share: float
    cpu_us_per_request: float
    bytes_per_request: float
    two_over_one: float | None
    server_share: float | None
    cores_shared: bool
    users: int
    rounds: int
    seconds: int

    @property
    def worker_per_s(self) -> float:
        """Return what one worker makes on a core of its own while its figures still count."""
        return GENERATOR_SHARE * 1e6 / self.cpu_us_per_request

    def workers_for(self, per_s: float) -> int:
        """Return how many workers, each with a core of its own, make so many requests a second."""
        return math.ceil(per_s / self.worker_per_s)

    def gigabits_for(self, per_s: float) -> float:
        """Return what so many answers take of a network, in gigabits per second."""
        return per_s * self.bytes_per_request * 8 / 1e9

    @property
    def about_one(self) -> str:
        """Return how far one worker goes, and whether that was seen."""
        upto = f"Its figures count while it uses up to {GENERATOR_SHARE:.0%} of its core: that is"
        if self.core_share >= _SEEN:
            return f"{upto} where it goes, to {self.worker_per_s:,.0f} requests/s."
        return (
            f"{upto} {self.worker_per_s:,.0f} requests/s, extrapolated by its CPU time, "
            f"since it had {self.core_share:.0%} here."
        )

    @property
    def about_two(self) -> str:
        """Return what the ratio of two workers to one tells, and what it does not."""
        if self.two_over_one is None or self.server_share is None:
            return (
                "What a second worker adds was not measured: it takes two cores beside the server's, and there is one."
            )
        times = f"Two workers on a core each do {self.two_over_one:.2f} times what one does"
        if self.server_share >= _FULL:
            return f"{times}, and the server was {self.server_share:.0%} busy: they can do more."
        return f"{times}."


def measure(*, users: int, rounds: int, seconds: int) -> Reach:
    """Let one worker and two take turns `rounds` times, `seconds` each."""
    budget = share_out(None, available())
    turns: dict[int, list[Turn]] = {count: [] for count in (1, 2) if count == 1 or len(budget.others) > 1}
    with ExitStack() as stack:
        folder = stack.enter_context(scratch())
        server = stack.enter_context(null_server(budget, folder))
        crews = {count: stack.enter_context(_crew(folder, count, budget)) for count in turns}
        for number in range(rounds):
            for count in sorted(turns, reverse=number % 2 == 1):
                turns[count].append(_turn(crews[count], server, users=users, seconds=seconds))
    return _reach(turns[1], turns.get(2, ()), budget, users=users, seconds=seconds)


def _crew(folder: Path, count: int, cores: Cores) -> AbstractContextManager[CrewAgent]:
    logs = folder / f"of-{count}"
    logs.mkdir()
    return crew(folder, Crewing(workers=count), log_folder=logs, cores=cores.others, say=lambda _: None)


def _turn(agent: CrewAgent, server: NullServer, *, users: int, seconds: int) -> Turn:
    process = psutil.Process(server.pid)
    busy_s, start_s = sum(process.cpu_times()[:2]), time.monotonic()
    client = agent.load(
        Load(
            key="reach",
            base_url=server.base_url,
            exchange=Exchange(target="/", length=2, equals=b"xx"),
            users=users,
            settle_s=_SETTLE_S + APART_S,
            window_s=seconds,
            linger_s=APART_S,
        )
    )
    share = (sum(process.cpu_times()[:2]) - busy_s) / (time.monotonic() - start_s)
    if client.errors:
        raise Problem(f"a worker failed against the server that does nothing ({client.first_error}): please report it")
    return Turn(
        per_s=qps(client),
        core_share=core_share([client]),
        cpu_us=client.cpu_ns / 1e3 / client.requests,
        bytes_received=client.bytes_received / client.requests,
        server_share=min(1.0, share),
    )


def _reach(one: Sequence[Turn], two: Sequence[Turn], cores: Cores, *, users: int, seconds: int) -> Reach:
    times = [both.per_s / alone.per_s for alone, both in zip(one, two, strict=False)]
    return Reach(
        per_s=median(turn.per_s for turn in one),
        core_share=median(turn.core_share for turn in one),
        cpu_us_per_request=median(turn.cpu_us for turn in one),
        bytes_per_request=median(turn.bytes_received for turn in one),
        two_over_one=median(times) if times else None,
        server_share=median(turn.server_share for turn in two) if two else None,
        cores_shared=cores.shared,
        users=users,
        rounds=len(one),
        seconds=seconds,
    )


def told(found: Reach, target: float) -> list[str]:
    """Return what was found, in sentences."""
    shared = ", which it shares with that server" if found.cores_shared else ""
    one = (
        f"One worker on one core{shared} makes {found.per_s:,.0f} requests/s against a server that does nothing, over "
        f"{found.users} connections, with {found.core_share:.0%} of that core, at {found.cpu_us_per_request:.1f} µs of "
        f"CPU each (medians of {found.rounds} rounds of {found.seconds} s)."
    )
    needed = (
        f"{target:,.0f} requests/s take {found.workers_for(target):,} workers with a core each, and "
        f"{found.gigabits_for(target):,.1f} Gbit/s for answers of {found.bytes_per_request:,.0f} bytes."
    )
    return [one, found.about_two, found.about_one, needed]
