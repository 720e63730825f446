"""Share a load out among workers, so that all of them together do what one would have done."""

from collections.abc import Sequence

import msgspec

from loadtests.messages import Exchange, Load, Together

Shares = dict[int, Load | Together]
"""What each worker does, by its place; who has no user in it is left out."""


def shares(request: Load | Together, workers: int) -> Shares:
    """Return what each of `workers` workers does of a request."""
    if isinstance(request, Load):
        return dict(enumerate(split(request, workers)))
    parts = [split(load, workers) for load in request.loads]
    return {place: Together(loads=tuple(held)) for place in range(workers) if (held := _of(parts, place))}


def _of(parts: Sequence[Sequence[Load]], place: int) -> list[Load]:
    return [part[place] for part in parts if place < len(part)]


def split(load: Load, workers: int) -> list[Load]:
    """Return one load for each worker, fewer where there are fewer users than workers.

    User number i goes to worker i modulo their number, begins when it would have begun, and sends what it would have
    sent. An open load's arrivals are a Poisson process, and several of them together are one again: each worker draws
    its own, by a seed of its own, at its part of the rate. How many may be in flight is shared out as well: a worker
    drops what it has no user for, though another one may have.
    """
    count = min(workers, load.users)
    apart_s = load.spread_s / load.users
    return [
        msgspec.structs.replace(
            load,
            users=(users := len(range(place, load.users, count))),
            spread_s=apart_s * count * users,
            lead_s=apart_s * place,
            exchanges=_exchanges(load, place, count),
            rate=None if load.rate is None else load.rate / count,
            seed=load.seed * count + place,
        )
        for place in range(count)
    ]


def _exchanges(load: Load, place: int, count: int) -> tuple[Exchange, ...]:
    if not load.exchanges:
        return ()
    return tuple(load.exchanges[user % len(load.exchanges)] for user in range(place, load.users, count))
