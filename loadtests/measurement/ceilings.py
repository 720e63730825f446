"""Predict from what is known of a cell how many requests per second each of its resources could serve at most.

A ceiling is how many requests a resource can hold at a time ÷ how long one request holds it. The times are measured
where nothing queues, or are CPU times, which queueing does not lengthen; so the figure under load does not enter its
own prediction.
"""

from collections.abc import Iterator, Mapping

import msgspec

from contract.endpoints import BY_NAME
from contract.rows.articles import ACCESS
from loadtests.measurement.result import Predicted
from loadtests.report.numbers import number
from loadtests.servers import Lane

# The work that holds the interpreter lock while it computes.
HOLDS_THE_LOCK = ("cpu_python",)
# The topics that write by SQL, through the pool.
WRITING = ("likes", "orders")
# The pages that read by SQL, through the pool.
SHOWING = ("pages_articles", "page")
# A figure this far above a ceiling proves that the formula does not hold for the cell.
REFUTED = 1.2


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What was found out about a cell where nothing queued: `alone_ms` is the median response time with one user.

    `held_ms` is the part of it in which a connection of the pool was held, None where the work needs none.
    `other_cores` are the cores of the databases, and of the generator where that is `generator_here`; it has
    `generators` cores. None: not known.
    """

    alone_ms: float | None = None
    held_ms: float | None = None
    other_cores: int | None = None
    generators: int = 1
    generator_here: bool = True


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the formulas take of a cell; CPU times are per request, None where they were not measured.

    `threads` are those that were asked for, or None for the lane's own; `generator_qps` is the generator's ceiling
    against a server that does nothing. Of a server that runs `elsewhere` neither cores nor workers are known.
    """

    lane: Lane
    endpoint: str
    params: Mapping[str, str | int]
    users: int
    rate: float | None
    workers: int
    threads: int | None
    pool_size: int
    cores: int
    cpu_us: float | None
    database_us: float | None
    generator_us: float | None
    generator_qps: float | None
    known: Known
    elsewhere: bool = False


def ceilings(facts: Facts, qps: float) -> list[Predicted]:
    """Return the ceilings of all resources that the cell uses, the lowest first.

    One that the measured `qps` lies clearly above is left out: its formula does not describe this cell.
    """
    found = [each for each in _all(facts) if qps <= REFUTED * each.qps]
    return sorted(found, key=lambda each: each.qps)


def _all(facts: Facts) -> Iterator[Predicted]:
    yield from _of_generator(facts)
    if not facts.elsewhere:
        yield from _of_cpu(facts)
        yield from _of_database(facts)
        yield from _of_places(facts)
    if facts.rate is not None:
        yield Predicted(limiter="rate", qps=facts.rate, formula=f"{number(facts.rate)}/s arriving")


def _of_generator(facts: Facts) -> Iterator[Predicted]:
    count = facts.known.generators
    if facts.generator_us and (facts.generator_qps is None or count * 1e6 / facts.generator_us <= facts.generator_qps):
        what = f"{_plural(count, 'core')} of the generator"
        yield _predict("generator", count, what, facts.generator_us, micro=True)
    elif facts.generator_qps is not None:
        formula = f"the generator reaches {number(round(facts.generator_qps))}/s against a server that does nothing"
        yield Predicted(limiter="generator", qps=facts.generator_qps, formula=formula)


def _of_cpu(facts: Facts) -> Iterator[Predicted]:
    if not facts.cpu_us:
        return
    cores = "server core" if facts.cores == 1 else "server cores"
    yield _predict(cores, facts.cores, cores, facts.cpu_us, micro=True)
    if facts.workers >= facts.cores:
        return
    if not several_threads(facts.lane):
        name = "one thread" if facts.workers == 1 else "one thread per worker"
        yield _predict(name, facts.workers, _plural(facts.workers, "thread"), facts.cpu_us, micro=True)
    elif facts.endpoint in HOLDS_THE_LOCK:
        # Threads that compute in Python take turns; of other work nobody knows here which part holds the lock.
        what = _plural(facts.workers, "interpreter lock")
        yield _predict("interpreter lock", facts.workers, what, facts.cpu_us, micro=True)


def _of_database(facts: Facts) -> Iterator[Predicted]:
    cores = facts.known.other_cores
    if facts.database_us and facts.generator_us is not None and cores and _reads(facts.endpoint):
        shared_us = facts.generator_us if facts.known.generator_here else 0.0
        what = f"{_plural(cores, 'core')} of database{' and generator' if facts.known.generator_here else ''}"
        yield _predict("database", cores, what, facts.database_us + shared_us, micro=True)


def _of_places(facts: Facts) -> Iterator[Predicted]:
    """Return the ceilings of what a request occupies while it waits: a thread, a worker, a connection, a user."""
    alone_ms, held_ms = facts.known.alone_ms, facts.known.held_ms
    if alone_ms:
        if facts.lane.threads > 1:
            threads = facts.workers * (facts.threads or facts.lane.threads)
            yield _predict("threads", threads, _plural(threads, "thread"), alone_ms)
        elif facts.lane.model == "process" and facts.lane.styles[0] == "sync":
            yield _predict("workers", facts.workers, _plural(facts.workers, "worker"), alone_ms)
        elif facts.params.get("how") == "blocking":
            what = _plural(facts.workers, "blocked event loop")
            yield _predict("event loop", facts.workers, what, alone_ms)
    if held_ms:
        connections = facts.workers * facts.pool_size
        yield _predict("pool", connections, _plural(connections, "connection"), held_ms)
    if alone_ms and facts.rate is None:
        yield _predict("users", facts.users, _plural(facts.users, "user"), alone_ms)


def _predict(limiter: str, count: int, what: str, time: float, *, micro: bool = False) -> Predicted:
    """Return `count` ÷ `time`, which is in milliseconds, or with `micro` in microseconds."""
    qps = count * (1e6 if micro else 1e3) / time
    shown = f"{number(time)} {'µs' if micro else 'ms'}"
    return Predicted(limiter=limiter, qps=qps, formula=f"{number(count)} {what} ÷ {shown} = {number(round_qps(qps))}/s")


def round_qps(qps: float) -> float:
    """Return whole requests per second where there are many."""
    return round(qps) if qps >= 100 else qps  # noqa: PLR2004 - below it three figures have decimals


def _plural(count: int, what: str) -> str:
    return what if count == 1 else f"{what}s"


def several_threads(lane: Lane) -> bool:
    """Tell whether one process of the lane answers in several threads."""
    return lane.threads > 1 or lane.model == "thread"


def pooled(endpoint: str, params: Mapping[str, str | int]) -> bool:
    """Tell whether a request takes a connection of the pool."""
    return _reads(endpoint) and params.get(ACCESS.name, ACCESS.default) == "pooled"


def _reads(endpoint: str) -> bool:
    """Tell whether the work needs the database."""
    row = BY_NAME[endpoint]
    return (
        row.topic in WRITING
        or endpoint in SHOWING
        or any(parameter.name == ACCESS.name for parameter in row.parameters)
    )
