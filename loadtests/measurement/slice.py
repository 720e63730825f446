"""Measure one slice: read the clocks, load one lane, read the clocks again."""

from contextlib import AbstractContextManager, nullcontext

import msgspec

from loadtests.measurement.about import now
from loadtests.measurement.accounting import Reading
from loadtests.measurement.audit import audited
from loadtests.measurement.bench import Bench, Grounds
from loadtests.measurement.errors import unanswered
from loadtests.measurement.plan import Timing
from loadtests.measurement.record import Record
from loadtests.measurement.subject import Subject
from loadtests.measurement.witness import look, use
from loadtests.messages import Exchange, Load, Slice


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the users of a cell ask for, and the one user beside them, where there is one.

    Where users send values, or cookies, of their own, `exchanges` are those of all users, or of so many as have one:
    more take turns. `exchange` is the first one's.
    Work that writes goes to `article`, where it adds what `writes` names.
    """

    exchange: Exchange
    exchanges: tuple[Exchange, ...] = ()
    beside: Exchange | None = None
    article: int | None = None
    writes: str = ""


def measure(bench: Bench, subject: Subject, asked: Asked, timing: Timing, *, number: int) -> Record:
    """Load one lane for one slice; the record is void when a process of its server came or went meanwhile."""
    server = bench.target(subject)
    bench.place(subject)
    with writable(bench, asked):
        held = _held(bench, asked)
        started_at, before = now(), look(bench, server)
        with bench.connections.watched(server.name):
            client, beside = _load(bench, subject, asked, timing, number)
        after = look(bench, server)
        audit = audited(client, held, _held(bench, asked))
    every = [client] if beside is None else [client, beside]
    wanted = sum(each.requests - unanswered(each) for each in every)
    return Record(
        round=number,
        scenario=subject.group.scenario,
        users=subject.group.users,
        rate=subject.group.rate,
        name=subject.name,
        lane=subject.lane,
        started_at=started_at,
        client=client,
        use=use(bench, subject, before, after, every, wanted=wanted),
        void=why_void(bench, subject, client, before.server, after.server),
        workers_ended=len(before.server.identities - after.server.identities),
        beside=beside,
        audit=audit,
    )


def uncounted(subject: Subject, number: int, why: str) -> Record:
    """Return the record of a slice of which nothing is known, and which is to be measured again."""
    return Record(
        round=number,
        scenario=subject.group.scenario,
        users=subject.group.users,
        rate=subject.group.rate,
        name=subject.name,
        lane=subject.lane,
        started_at=now(),
        client=None,
        use=None,
        void=why,
        repeated=True,
    )


def writable(bench: Bench, *asked: Asked) -> AbstractContextManager[None]:
    """Have the articles in the database that these users write to, until the end of the block."""
    articles = [each.article for each in asked if each.article is not None]
    return nullcontext() if bench.books is None else bench.books.open(*articles)


def _held(bench: Bench, asked: Asked) -> int | None:
    """Return what the database holds of what these users write, None where they write nothing."""
    if asked.article is None or bench.books is None:
        return None
    return bench.books.count(asked.writes, asked.article)


def _load(bench: Bench, subject: Subject, asked: Asked, timing: Timing, number: int) -> tuple[Slice, Slice | None]:
    """Load the server, and let one more user ask for the neighbour's work at the same time."""
    load = load_of(bench, subject, asked, timing, number)
    if asked.beside is None:
        return bench.load.load(load), None
    key = f"{load.key} {subject.beside}"
    neighbour = msgspec.structs.replace(
        load, key=key, exchange=asked.beside, exchanges=(), users=1, spread_s=0.0, rate=None
    )
    client, beside = bench.load.load_together((load, neighbour))
    return client, beside


def load_of(bench: Bench, subject: Subject, asked: Asked, timing: Timing, number: int) -> Load:
    """Return what the users of a cell ask its server for in the slice of this number."""
    return Load(
        key=subject.key.label,
        base_url=bench.target(subject).base_url,
        exchange=asked.exchange,
        exchanges=asked.exchanges,
        users=subject.group.users,
        spread_s=timing.spread_s,
        settle_s=timing.settle_s,
        window_s=timing.window_s,
        linger_s=timing.linger_s,
        timeout_s=timing.timeout_s,
        rate=subject.group.rate,
        seed=timing.seed + number,
    )


def why_void(bench: Grounds, subject: Subject, client: Slice, before: Reading, after: Reading) -> str | None:
    """Return why a slice counts for nothing, None where it counts."""
    if client.interrupted:
        return "it was interrupted"
    if client.untrusted is not None:
        return client.untrusted
    if ended := bench.ended_service():
        return str(ended)
    if not bench.check_alive(subject):
        return "the server ended"
    if not before.same_processes(after):
        gone, born = before.identities - after.identities, after.identities - before.identities
        return f"{len(gone)} worker processes ended and {len(born)} began within the slice"
    return None
