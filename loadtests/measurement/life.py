"""A server's life: how soon it answers after its start, and what is lost when it is stopped under load.

Each lane is looked at alone: with others starting beside it the time would be theirs too.
"""

import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec
from scipy.stats import binom

from backing.services import Services
from loadtests.agent_client import Agent
from loadtests.measurement.cores import Cores
from loadtests.measurement.errors import failed
from loadtests.measurement.witness import answers
from loadtests.messages import Exchange, Load, Slice
from loadtests.scenarios import SCENARIOS
from loadtests.servers import LANES, Server, start, workers_for
from loadtests.servers.readiness import health

CONFIDENCE = 0.95
WAIT_MS = 50
_READY_WITHIN_S = 60.0
_POLL_S = 0.002
# Longer than the servers' own limits for what is in flight.
_GRACE_S = 12.0
_SETTLE_S, _WINDOW_S, _STOP_AFTER_S, _TIMEOUT_S = 0.2, 1.6, 0.8, 15.0
_REFUSED = ("refused", "unreachable")


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """The median of some figures and its 95 % interval, None where they are too few for one (below 6)."""

    median: float
    low: float | None
    high: float | None


class Stopped(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the requests when SIGTERM came in the middle of a closed load.

    `answered` are right answers. `lost` are requests that were sent and had no whole answer, by kind. `refused` were
    never sent, because nobody listened any more. `retried` were sent again since a kept connection was closed before
    any byte of the answer: a client cannot tell whether the server had seen such a request, so they are no losses.
    `undelivered` is how many answers the server counted that no client received, None when it keeps no count. `gone_ms`
    is the time from the signal until no process was left, `exit_code` that of the root process.
    """

    users: int
    wait_ms: int
    answered: int
    lost: dict[str, int]
    refused: int
    retried: int
    undelivered: int | None
    gone_ms: float
    exit_code: int


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """The life of one lane's server.

    `first_answer_ms` is the time from the start of the program to its first answer with status 200, `all_workers_ms` to
    that of its last worker, None where the app does not count; `starts` is how often it was started for them.
    """

    lane: str
    stack: str
    workers: int
    cores: list[int]
    starts: int
    first_answer_ms: Spread
    all_workers_ms: Spread | None
    stopped: Stopped


class Lives(msgspec.Struct, frozen=True, kw_only=True):
    """summary.json of `trilane life`."""

    schema_version: int
    life: list[Life]


def live(
    lane: str,
    *,
    services: Services,
    load: Agent,
    cores: Cores,
    folder: Path,
    logs: Path | None,
    stack: str,
    starts: int,
    users: int,
) -> Life:
    """Stop the lane's server under load, then start it again and again; raise `LaneFailed` when it does not start."""
    workers = workers_for(LANES[lane], len(cores.servers))

    begin = partial(
        start,
        LANES[lane],
        services=services,
        folder=folder,
        log_folder=logs,
        stack=stack,
        workers=workers,
        cores=cores.servers,
    )
    # The first start reads its files from the disk, so it is the one that nobody times.
    stopped = _stopped(begin, load, users)
    first_answer_ms, all_workers_ms = _start_ups(begin, starts)
    return Life(
        lane=lane,
        stack=stack,
        workers=workers,
        cores=sorted(cores.servers),
        starts=starts,
        first_answer_ms=first_answer_ms,
        all_workers_ms=all_workers_ms,
        stopped=stopped,
    )


def _stopped(begin: Callable[[], Server], load: Agent, users: int) -> Stopped:
    """Start a server, and stop it under load when it is ready."""
    with _ending(begin()) as server:
        server.wait_until_ready()
        return stop_under_load(server, load, users=users)


def _start_ups(begin: Callable[[], Server], starts: int) -> tuple[Spread, Spread | None]:
    """Start a server again and again; return the times to its first answer, and to that of its last worker."""
    times = []
    for _ in range(starts):
        with _ending(begin()) as server:
            times.append(start_up(server))
    every = [all_ms for _, all_ms in times if all_ms is not None]
    return spread([first_ms for first_ms, _ in times]), spread(every) if len(every) == len(times) else None


@contextmanager
def _ending(server: Server) -> Iterator[Server]:
    """Stop the server at the end of the block."""
    try:
        yield server
    finally:
        server.stop()


def start_up(server: Server) -> tuple[float, float | None]:
    """Return the milliseconds to the first answer of a server that was started just now, and of its last worker."""
    began = time.monotonic()
    first_ms: float | None = None
    while True:
        sick = health(server.base_url)
        now_ms = (time.monotonic() - began) * 1e3
        if sick is None:
            first_ms = now_ms if first_ms is None else first_ms
            if server.silent() is None:
                return first_ms, now_ms if answers(server) is not None else None
        if not server.alive():
            raise server.failed("its server ended before it answered")
        if now_ms > _READY_WITHIN_S * 1e3:
            raise server.failed(f"it was not ready after {_READY_WITHIN_S:.0f} s: {sick or server.silent()}")
        time.sleep(_POLL_S if sick else 0)


class _Stop(threading.Thread):
    """Sends the signal after a while, and waits for the end."""

    def __init__(self, server: Server, after_s: float) -> None:
        super().__init__(daemon=True)
        self._server = server
        self._after_s = after_s
        self.gone_ms = 0.0
        self.exit_code = 0

    def run(self) -> None:
        time.sleep(self._after_s)
        asked = time.monotonic()
        self._server.ask_to_end(_GRACE_S)
        self.exit_code = self._server.wait_until_gone()
        self.gone_ms = (time.monotonic() - asked) * 1e3


def stop_under_load(server: Server, load: Agent, *, users: int) -> Stopped:
    """End a server with SIGTERM while users ask it for waits of 50 ms, each on a kept connection."""
    style = server.lane.styles[0]
    key, before = f"life/{server.base_url}", answers(server)
    stop = _Stop(server, _STOP_AFTER_S)
    stop.start()
    client = load.load(
        Load(
            key=key,
            base_url=server.base_url,
            exchange=Exchange(target=SCENARIOS["wait"].target(style), contains=SCENARIOS["wait"].contains),
            users=users,
            spread_s=WAIT_MS / 1e3,
            settle_s=_SETTLE_S,
            window_s=_WINDOW_S,
            timeout_s=_TIMEOUT_S,
        )
    )
    stop.join()
    load.close(key)
    after = answers(server)
    answered = client.requests - failed(client.errors)
    return Stopped(
        users=users,
        wait_ms=WAIT_MS,
        answered=answered,
        lost=lost(client),
        refused=sum(client.errors.get(kind, 0) for kind in _REFUSED),
        retried=client.retried,
        undelivered=None if before is None or after is None else after - before - answered,
        gone_ms=stop.gone_ms,
        exit_code=stop.exit_code,
    )


def lost(client: Slice) -> dict[str, int]:
    """Return the requests that were sent and had no right answer, by kind."""
    return {kind: count for kind, count in client.errors.items() if kind not in _REFUSED}


def spread(figures: Sequence[float]) -> Spread:
    """Return the median and the interval between two of the figures that holds it with 95 %, whatever they follow."""
    ordered, count = sorted(figures), len(figures)
    # So many may lie outside on each side.
    outside = int(binom.ppf((1 - CONFIDENCE) / 2, count, 0.5)) - 1
    while outside >= 0 and 2 * binom.cdf(outside, count, 0.5) > 1 - CONFIDENCE:
        outside -= 1
    middle = statistics.median(ordered)
    if outside < 0:
        return Spread(median=middle, low=None, high=None)
    return Spread(median=middle, low=ordered[outside], high=ordered[count - 1 - outside])
