"""One window of a duet: read both clocks, load both servers at the same moment, read both clocks again."""

import msgspec

from loadtests.duet.stage import Pair
from loadtests.measurement.about import now
from loadtests.measurement.bench import Bench
from loadtests.measurement.plan import Timing
from loadtests.measurement.result import Record, Use, unanswered
from loadtests.measurement.slice import Asked
from loadtests.measurement.subject import Subject
from loadtests.measurement.witness import State, look, use
from loadtests.messages import Load, Slice

Both = tuple[Record, Record]


def measure_both(pair: Pair, asked: tuple[Asked, Asked], timing: Timing, *, number: int) -> Both:
    """Load both sides for one window, every second time the other one first; return their records, the first's first.

    A window in which a process of one side came or went is void for both: the other had more of the core meanwhile.
    """
    bench, sides = pair.bench, pair.sides
    started_at = now()
    before = [look(bench, bench.server(subject)) for subject in sides]
    loads = [_load(bench, subject, what, timing) for subject, what in zip(sides, asked, strict=True)]
    clients = _together(bench, loads, swapped=bool(number % 2))
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


def _load(bench: Bench, subject: Subject, asked: Asked, timing: Timing) -> Load:
    return Load(
        key=subject.key.label,
        base_url=bench.server(subject).base_url,
        exchange=asked.exchange,
        users=subject.group.users,
        spread_s=timing.spread_s,
        settle_s=timing.settle_s,
        window_s=timing.window_s,
        timeout_s=timing.timeout_s,
    )


def _together(bench: Bench, loads: list[Load], *, swapped: bool) -> list[Slice]:
    clients = bench.load.load_together(loads[::-1] if swapped else loads)
    return list(clients[::-1] if swapped else clients)


def _without(own: Use, other: Use, cores: int) -> Use:
    """Return a side's use in which what the other side had of the core is no stranger's."""
    if own.foreign_share is None:
        return own
    return msgspec.structs.replace(own, foreign_share=max(0.0, own.foreign_share - other.cpu_ns / own.wall_ns / cores))


def _void(pair: Pair, clients: list[Slice], before: list[State], after: list[State]) -> str | None:
    if any(client.interrupted for client in clients):
        return "it was interrupted"
    if ended := pair.bench.ended_service():
        return str(ended)
    for subject, early, late in zip(pair.sides, before, after, strict=True):
        if not pair.bench.check_alive(subject):
            return f"the server of {subject.name} ended"
        if not early.server.same_processes(late.server):
            return f"worker processes of {subject.name} ended or began within the window"
    return None
