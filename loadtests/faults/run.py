"""Let lanes suffer faults: each fault once for all lanes of an app together, since a cause is the same for all of them.

While it lasts, clients ask for what leans on what failed, and somebody else asks for `hello`, which leans on nothing.
They go on when its cause ends, until all are served again: some have waited since before. The load is light: clients
pause, so that what is waited for is the fault and not the machine.
"""

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path

from backing.scratch import scratch
from loadtests.faults.asking import OK, Answered, again_and_again, request, together
from loadtests.faults.fault import PATIENCE_S, Fault, Who, article
from loadtests.faults.grounds import ENVIRONMENT, Grounds, grounds
from loadtests.faults.login import cookie
from loadtests.faults.outcome import Outcome, Seen, counted, outcome
from loadtests.faults.pools import LOOK_EVERY_S, Filling, at_work, filling, most, pooled
from loadtests.measurement import accounting
from loadtests.servers import Lane, Server, served

PAUSE_S = 0.25
SETTLED_WITHIN_S = 3.0
WARM_UPS = 3

Tell = Callable[[str], None]


def suffer(
    lanes: Sequence[Lane],
    faults: Sequence[Fault],
    *,
    stack: str = "current",
    logs: Path | None = None,
    tell: Tell = print,
) -> Iterator[Outcome]:
    """Yield what each fault did to each lane; `tell` is told what comes next."""
    with scratch() as folder, grounds(folder, logs or folder) as ground:
        stage = _Stage(ground, folder, logs, stack)
        for _, group in itertools.groupby(sorted(lanes, key=lambda lane: lane.app), key=lambda lane: lane.app):
            yield from _group(list(group), faults, stage, tell)


@dataclass(frozen=True)
class _Stage:
    """What lanes are started on."""

    ground: Grounds
    folder: Path
    logs: Path | None
    stack: str

    def serve(self, lanes: Sequence[Lane], held: ExitStack) -> list[Server]:
        """Start lanes, which `held` will stop."""
        block = served(
            lanes,
            services=self.ground.services,
            folder=self.folder,
            log_folder=self.logs,
            stack=self.stack,
            environment=ENVIRONMENT,
        )
        return held.enter_context(block)


def _group(lanes: Sequence[Lane], faults: Sequence[Fault], stage: _Stage, tell: Tell) -> Iterator[Outcome]:
    with ExitStack() as held:
        servers: list[Server] = []
        for fault in faults:
            # What did not recover from the fault before starts anew.
            servers = servers or stage.serve(lanes, held)
            tell(f"{fault.name}: {', '.join(lane.name for lane in lanes)}")
            seen = asyncio.run(_suffer(fault, stage.ground, servers))
            for server, found in zip(servers, seen, strict=True):
                yield outcome(fault, server.lane, server.stack, found, most=most(server), pooled=pooled(server))
            whole = zip(servers, seen, strict=True)
            if any(found.recovered_after_s is None or found.at_work < most(server) for server, found in whole):
                held.close()
                servers = []


async def _suffer(fault: Fault, ground: Grounds, servers: Sequence[Server]) -> list[Seen]:
    """Return what was seen of each server under one fault."""
    asking = [await asyncio.to_thread(_who, fault, server) for server in servers]
    known = list(zip(servers, asking, strict=True))
    reading = [(server, article(who)) for server, who in known]
    await asyncio.gather(*(_warm_up(fault, server, who) for server, who in known))
    # Pools open all that they may, so that there cannot be more after it than before.
    await at_work(ground, reading)
    before = [await asyncio.to_thread(_open, ground, server) for server in servers]
    over, ended = asyncio.Event(), asyncio.Event()
    hit = [asyncio.create_task(_asked(fault, server, who, over)) for server, who in known]
    beside = [asyncio.create_task(_others(server, ended)) for server in servers]
    fillings = [filling(ground, server, sent) for server, sent in reading]
    times = await _last(fault, ground, fillings, over, hit)
    ended.set()
    recovered = await asyncio.gather(*(_recovered(fault, server, who, times.ended_s) for server, who in known))
    over.set()
    answers, others = await asyncio.gather(*hit), await asyncio.gather(*beside)
    # Who fills the pools asks for the same, and may be all that a server with few at work gets to while it lasts.
    answers = [own + await each.end() for own, each in zip(answers, fillings, strict=True)]
    held = [each.held if fault.fills_pools else None for each in fillings]
    able = await at_work(ground, reading)
    after = await asyncio.gather(*(_settled(ground, *each) for each in zip(servers, before, strict=True)))
    rows = zip(answers, others, recovered, before, after, able, held, strict=True)
    return [
        _seen(times, own, hello, back_s=back_s, before=opened, after=kept, at_work=working, held=waiting)
        for own, hello, back_s, opened, kept, working, waiting in rows
    ]


@dataclass(frozen=True)
class _Times:
    """When a cause had begun, began to end and had ended, in seconds of this machine's monotonic clock."""

    begun_s: float
    ending_s: float
    ended_s: float


async def _last(
    fault: Fault,
    ground: Grounds,
    fillings: Sequence[Filling],
    over: asyncio.Event,
    hit: Sequence["asyncio.Task[list[Answered]]"],
) -> _Times:
    """Let the cause begin, last and end; it ends with the clients where these are it."""
    with ExitStack() as cause:
        await asyncio.to_thread(cause.enter_context, fault.cause(ground) if fault.cause else nullcontext())
        begun_s = time.monotonic()
        if fault.fills_pools:
            await asyncio.gather(*(each.fill() for each in fillings))
        await asyncio.sleep(begun_s + fault.lasts_s - time.monotonic())
        if fault.cause is None:
            over.set()
            await asyncio.wait(hit)
        ending_s = time.monotonic()
        await asyncio.to_thread(cause.close)
    return _Times(begun_s, ending_s, time.monotonic())


def _seen(
    times: _Times,
    answers: Sequence[Answered],
    others: Sequence[Answered],
    *,
    back_s: float | None,
    before: tuple[int, int | None],
    after: tuple[int, int | None],
    at_work: int,
    held: int | None,
) -> Seen:
    statuses, slowest_ms = _meanwhile(times, answers)
    told, others_ms = counted([each for each in others if each.ended_s > times.begun_s])
    return Seen(
        statuses=statuses,
        slowest_ms=slowest_ms,
        others=told,
        others_ms=others_ms,
        recovered_after_s=_recovered_for_all(times, answers, back_s),
        connections_before=before[0],
        connections_after=after[0],
        sockets_before=before[1],
        sockets_after=after[1],
        at_work=at_work,
        held=held,
    )


def _meanwhile(times: _Times, answers: Sequence[Answered]) -> tuple[dict[str, int], float | None]:
    """Return how what was asked before the end of the cause was answered, and the slowest answer, in milliseconds.

    What was under way when the cause began or ended may have been served, and is then not counted; however long it
    took, it is among the slowest where the cause has ended meanwhile.
    """
    under_way = [each for each in answers if each.began_s < times.ended_s and each.ended_s > times.begun_s]
    during = [each for each in under_way if each.began_s >= times.begun_s or each.what != OK]
    statuses, _ = counted([each for each in during if each.what != OK or each.ended_s <= times.ending_s])
    return statuses, counted(during)[1]


def _recovered_for_all(times: _Times, answers: Sequence[Answered], back_s: float | None) -> float | None:
    """Return when all were served at once and nobody who asked after the end of the cause was refused any more."""
    refused = (each.ended_s - times.ended_s for each in answers if each.began_s >= times.ended_s and each.what != OK)
    return None if back_s is None else max([back_s, *refused])


def _who(fault: Fault, server: Server) -> Who:
    return Who(_style(server), cookie(server) if fault.login else ())


async def _warm_up(fault: Fault, server: Server, who: Who) -> None:
    """Let pools open what they will need, so that what is open before can be compared with what is open after.

    As many ask at once as do when service is back: those who are looked at then, and those who never stopped.
    """
    for _ in range(WARM_UPS):
        await together(server.base_url, fault.usual(who), 2 * fault.clients, patience_s=PATIENCE_S)


async def _asked(fault: Fault, server: Server, who: Who, over: asyncio.Event) -> list[Answered]:
    return await again_and_again(
        server.base_url, fault.asked(who), over, clients=fault.clients, pause_s=PAUSE_S, patience_s=fault.patience_s
    )


async def _others(server: Server, ended: asyncio.Event) -> list[Answered]:
    sent = request(f"/{_style(server)}/hello")
    return await again_and_again(server.base_url, sent, ended, clients=1, pause_s=PAUSE_S, patience_s=PATIENCE_S)


def _style(server: Server) -> str:
    return server.lane.styles[0]


async def _recovered(fault: Fault, server: Server, who: Who, ended_s: float) -> float | None:
    """Return how long after the end of the cause all clients were served at once, in seconds."""
    sent = fault.usual(who)
    while time.monotonic() - ended_s < PATIENCE_S:
        answers = await together(server.base_url, sent, fault.clients, patience_s=PATIENCE_S)
        if all(each.what == OK for each in answers):
            return time.monotonic() - ended_s
        await asyncio.sleep(LOOK_EVERY_S)
    return None


def _open(ground: Grounds, server: Server) -> tuple[int, int | None]:
    """Return how many connections the database has from a server, and how many sockets its processes hold."""
    return ground.connections(server.name), accounting.open_sockets(server.processes())


async def _settled(ground: Grounds, server: Server, before: tuple[int, int | None]) -> tuple[int, int | None]:
    """Return what is open once it is no more than before, or what is open when that has been waited for in vain."""
    deadline_s = time.monotonic() + SETTLED_WITHIN_S
    while True:
        found = await asyncio.to_thread(_open, ground, server)
        if time.monotonic() > deadline_s or (found[0] <= before[0] and (found[1] or 0) <= (before[1] or 0)):
            return found
        await asyncio.sleep(LOOK_EVERY_S)
