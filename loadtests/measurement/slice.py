"""Measure one slice: read the clocks, load one lane, read the clocks again."""

import time

import msgspec

from loadtests.measurement import accounting
from loadtests.measurement.about import now
from loadtests.measurement.accounting import CpuTimes, Reading
from loadtests.measurement.bench import Bench
from loadtests.measurement.plan import Timing
from loadtests.measurement.result import Record, Use, unanswered
from loadtests.measurement.subject import Subject
from loadtests.messages import Exchange, Load, Slice
from loadtests.servers import Server

_DATABASE = "postgres"
# A server counts an answer when it has handed it on, which on a busy machine is a moment after the client has it.
_COUNTED_WITHIN_S = 0.25


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the users of a cell ask for, and the one user beside them, where there is one."""

    exchange: Exchange
    beside: Exchange | None = None


class Before(msgspec.Struct, frozen=True, kw_only=True):
    """All clocks before a slice."""

    at_ns: int
    server: Reading
    answered: int | None
    database: Reading | None
    machine: CpuTimes | None


def measure(bench: Bench, subject: Subject, asked: Asked, timing: Timing, *, number: int) -> Record:
    """Load one lane for one slice; the record is void when a process of its server came or went meanwhile."""
    server = bench.server(subject)
    bench.place(subject)
    started_at, before = now(), _before(bench, server)
    with bench.connections.watched(server.name):
        client, beside = _load(bench, subject, asked, timing, number)
    after = accounting.read(server.processes())
    every = [client] if beside is None else [client, beside]
    wanted = sum(each.requests - unanswered(each) for each in every)
    use = _use(bench, server, before, after, wanted=wanted)
    return Record(
        round=number,
        scenario=subject.group.scenario,
        users=subject.group.users,
        rate=subject.group.rate,
        name=subject.name,
        lane=subject.lane,
        started_at=started_at,
        client=client,
        use=use,
        void=_void(bench, subject, client, before.server, after),
        workers_ended=len(before.server.identities - after.identities),
        beside=beside,
    )


def _load(bench: Bench, subject: Subject, asked: Asked, timing: Timing, number: int) -> tuple[Slice, Slice | None]:
    """Load the server, and let one more user ask for the neighbour's work at the same time."""
    load = Load(
        key=subject.key.label,
        base_url=bench.server(subject).base_url,
        exchange=asked.exchange,
        users=subject.group.users,
        spread_s=timing.spread_s,
        settle_s=timing.settle_s,
        window_s=timing.window_s,
        timeout_s=timing.timeout_s,
        rate=subject.group.rate,
        seed=number,
    )
    if asked.beside is None:
        return bench.load.load(load), None
    neighbour = msgspec.structs.replace(
        load, key=f"{load.key} {subject.beside}", exchange=asked.beside, users=1, spread_s=0.0, rate=None
    )
    client, beside = bench.load.load_together((load, neighbour))
    return client, beside


def _before(bench: Bench, server: Server) -> Before:
    return Before(
        server=accounting.read(server.processes()),
        answered=_answered(server),
        database=_database(bench),
        machine=CpuTimes.now(),
        at_ns=time.monotonic_ns(),
    )


def _answered(server: Server) -> int | None:
    return server.answered() if any(server.counters.iterdir()) else None


def _counted(server: Server, before: int | None, wanted: int) -> int | None:
    """Return how many answers the server counted, once it has counted the last one."""
    deadline = time.monotonic() + _COUNTED_WITHIN_S
    while (counted := _more(before, _answered(server))) is not None and counted < wanted:
        if time.monotonic() > deadline:
            break
        time.sleep(0.002)
    return counted


def _more(before: int | None, after: int | None) -> int | None:
    return None if before is None or after is None else after - before


def _database(bench: Bench) -> Reading | None:
    root = bench.backing.processes.get(_DATABASE)
    return None if root is None else accounting.read(accounting.tree(root))


def _use(bench: Bench, server: Server, before: Before, after: Reading, *, wanted: int) -> Use:
    wall_ns = time.monotonic_ns() - before.at_ns
    database, machine = _database(bench), CpuTimes.now()
    pids = tuple(sorted(pid for pid, _ in after.identities))
    return Use(
        wall_ns=wall_ns,
        cpu_ns=after.cpu_ns - before.server.cpu_ns,
        answered=_counted(server, before.answered, wanted),
        processes=pids,
        rss_bytes=after.rss_bytes,
        pss_bytes=accounting.pss_bytes(pids),
        threads=after.threads,
        context_switches=_more(before.server.context_switches, after.context_switches),
        db_connections=bench.connections.peak(),
        db_connections_total=bench.connections.peak_of_all(),
        # A connection that was closed meanwhile took its clock with it; a new one's clock began within the slice.
        db_cpu_ns=database.cpu_ns - before.database.cpu_ns
        if database and before.database and before.database.identities <= database.identities
        else None,
        steal_share=accounting.steal_share(before.machine, machine),
    )


def _void(bench: Bench, subject: Subject, client: Slice, before: Reading, after: Reading) -> str | None:
    if client.interrupted:
        return "it was interrupted"
    if ended := bench.ended_service():
        return str(ended)
    if not bench.check_alive(subject):
        return "the server ended"
    if not before.same_processes(after):
        gone, born = before.identities - after.identities, after.identities - before.identities
        return f"{len(gone)} worker processes ended and {len(born)} began within the slice"
    return None
