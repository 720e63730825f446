"""One window of a duet: read both clocks, load both servers at the same moment, read both clocks again."""

import msgspec

from loadtests.agent_client import Agent
from loadtests.duet.stage import Pair
from loadtests.measurement.about import now
from loadtests.measurement.errors import unanswered
from loadtests.measurement.plan import Timing
from loadtests.measurement.probe import for_users
from loadtests.measurement.record import Record, Use
from loadtests.measurement.slice import Asked, load_of, why_void, writable
from loadtests.measurement.witness import State, look, use
from loadtests.messages import Load, Slice

Both = tuple[Record, Record]


def measure_both(pair: Pair, asked: tuple[Asked, Asked], timing: Timing, *, number: int) -> Both:
    """Load both sides for one window, every second time the other one first; return their records, the first's first.

    A window in which a process of one side came or went is void for both: the other had more of the core meanwhile.
    """
    bench, sides = pair.bench, pair.sides
    started_at = now()
    # A warm-up tries more users than were there when the servers were first asked.
    loads = [
        load_of(bench, subject, for_users(subject, what), timing, number)
        for subject, what in zip(sides, asked, strict=True)
    ]
    before = [look(bench, bench.server(subject)) for subject in sides]
    watched = bench.connections.watched(*(bench.server(subject).name for subject in sides))
    with writable(bench, *asked), watched:
        clients = _together(bench.load, loads, swapped=bool(number % 2))
    after = [look(bench, bench.server(subject)) for subject in sides]
    void = _void(pair, clients, before, after)
    uses = [
        use(bench, subject, early, late, [client], wanted=client.requests - unanswered(client))
        for subject, client, early, late in zip(sides, clients, before, after, strict=True)
    ]
    first, second = (
        Record(
            round=number,
            scenario=subject.group.scenario,
            users=subject.group.users,
            name=subject.name,
            lane=subject.lane,
            started_at=started_at,
            client=clients[place],
            use=_without(uses[place], uses[1 - place], len(subject.cores)),
            void=void,
            workers_ended=len(before[place].server.identities - after[place].server.identities),
        )
        for place, subject in enumerate(sides)
    )
    return first, second


def _together(agent: Agent, loads: list[Load], *, swapped: bool) -> list[Slice]:
    clients = agent.load_together(loads[::-1] if swapped else loads)
    return list(clients[::-1] if swapped else clients)


def _without(own: Use, other: Use, cores: int) -> Use:
    """Return a side's use in which what the other side had of the core is no stranger's."""
    if own.foreign_share is None or other.cpu_ns is None:
        return own
    return msgspec.structs.replace(own, foreign_share=max(0.0, own.foreign_share - other.cpu_ns / own.wall_ns / cores))


def _void(pair: Pair, clients: list[Slice], before: list[State], after: list[State]) -> str | None:
    for subject, client, early, late in zip(pair.sides, clients, before, after, strict=True):
        if reason := why_void(pair.bench, subject, client, early.server, late.server):
            return f"{subject.name}: {reason}"
    return None
