"""How busy those were who made the load, each by its own clock: a worker has one core, several may share theirs."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from loadtests.messages import Member, Part, Slice

_Cores = frozenset[tuple[str, int]]


class Busy(msgspec.Struct, frozen=True, kw_only=True):
    """The share of `cores` cores that so many `workers` used which may use no others."""

    share: float
    workers: int = 1
    cores: int = 1


def busiest(clients: Sequence[Slice]) -> Busy:
    """Return who came nearest to all that its cores give, of the processes that made the load of these slices.

    Where workers were lost, those left had more to do: each crew's slices are looked at apart, and the worst counts.
    """
    crews: dict[frozenset[str], list[Slice]] = {}
    for client in clients:
        crews.setdefault(frozenset(part.worker for part in client.parts), []).append(client)
    return max(map(_busiest, crews.values()), key=_share, default=Busy(share=0.0))


def core_share(clients: Sequence[Slice]) -> float:
    """Return the share of their cores that those used."""
    return busiest(clients).share


def _busiest(clients: Sequence[Slice]) -> Busy:
    spent_ns, elapsed_ns = Counter[str](), Counter[str]()
    for client in clients:
        for worker, cpu_ns, took_ns in _each(client):
            spent_ns[worker] += cpu_ns
            elapsed_ns[worker] += took_ns
    shares = {worker: spent_ns[worker] / max(1, elapsed_ns[worker]) for worker in spent_ns}
    held = {part.worker: _cores(part) for client in clients for part in client.parts}
    # A process uses one core at a time, however many it may choose from.
    found = [Busy(share=share) for share in shares.values()]
    return max([*found, *_together(shares, held)], key=_share, default=Busy(share=0.0))


def _together(shares: Mapping[str, float], held: Mapping[str, _Cores]) -> Iterator[Busy]:
    """Yield how busy cores are for which there are several workers that may use no others."""
    unions = {
        frozenset[tuple[str, int]]().union(*(each for each in held.values() if each & own)) for own in held.values()
    }
    for cores in unions | set(held.values()):
        workers = [worker for worker, own in held.items() if own and own <= cores]
        if len(workers) > 1:
            used = sum(shares[worker] for worker in workers)
            yield Busy(share=used / len(cores), workers=len(workers), cores=len(cores))


def fillable(workers: Iterable[Member | Part]) -> int:
    """Return how many cores these can fill: on each machine as many as they are, or as it lets them have."""
    every = [*workers]
    count = Counter(worker.machine for worker in every)
    cores = {name: {core for each in every if each.machine == name for core in each.cores} for name in count}
    return max(1, sum(min(number, len(cores[name]) or number) for name, number in count.items()))


def here_ns(client: Slice) -> int:
    """Return the CPU time that making the load took of this machine."""
    if not client.parts:
        return client.cpu_ns
    return sum(part.cpu_ns for part in client.parts if part.here)


def _share(busy: Busy) -> float:
    return busy.share


def _cores(part: Part) -> _Cores:
    return frozenset((part.machine, core) for core in part.cores)


def _each(client: Slice) -> list[tuple[str, int, int]]:
    if not client.parts:
        return [("", client.cpu_ns, client.ended_ns - client.started_ns)]
    return [(part.worker, part.cpu_ns, part.elapsed_ns) for part in client.parts]
