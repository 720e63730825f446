"""What is measured in one cell, and the server that it takes."""

import random
from collections.abc import Iterator, Sequence

import msgspec

from backing.problem import Problem
from loadtests.measurement import factors
from loadtests.measurement.cores import Cores
from loadtests.measurement.factors import Value, Variant
from loadtests.measurement.group import Group
from loadtests.measurement.wish import Wish, users_of
from loadtests.scenarios import SCENARIOS
from loadtests.servers import LANES, workers_for

CONTROL = " (control)"
# What only who starts a server can change of it.
_OF_SERVER = ("threads", "workers", "pool", "cores")


class ServerKey(msgspec.Struct, frozen=True, kw_only=True):
    """Which server a cell needs: cells with equal keys share one."""

    lane: str
    stack: str
    workers: int
    threads: int | None = None
    pool_size: int | None = None
    copy: int = 0
    checkout: str | None = None
    session_store: str | None = None
    url: str | None = None

    @property
    def label(self) -> str:
        """Return a name that no other server of the run has."""
        several = self.workers if LANES[self.lane].workers != self.workers else None
        parts = {"w": several, "t": self.threads, "p": self.pool_size, "copy": self.copy or None}
        stack = () if self.stack == "current" else (self.stack,)
        store = () if self.session_store is None else (self.session_store,)
        own = (f"{name}{value}" for name, value in parts.items() if value is not None)
        return "-".join((self.lane, *stack, *store, *own))


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """One cell: `name` is unique in its group; `factors` are what sets it apart from the plain lane.

    `params` are the endpoint's parameters that differ from the scenario's; `beside` is the scenario that one more user
    asks the same server for. A `control` is a second server of the lane, a `copy` of it, that stands for nothing but
    itself; `checkout` is the folder whose apps are served, None for this one. `session_store` is where its server keeps
    sessions, None for where all others of the run do. One at a `url` runs elsewhere: it has no cores here, and how many
    workers it has is not known.
    """

    group: Group
    name: str
    lane: str
    stack: str
    style: str
    workers: int
    cores: tuple[int, ...]
    threads: int | None = None
    pool_size: int | None = None
    factors: tuple[tuple[str, Value], ...] = ()
    params: tuple[tuple[str, Value], ...] = ()
    beside: str | None = None
    control: bool = False
    copy: int = 0
    checkout: str | None = None
    session_store: str | None = None
    ceiling_qps: float | None = None
    url: str | None = None

    @property
    def key(self) -> ServerKey:
        """Return which server it needs."""
        return ServerKey(
            lane=self.lane,
            stack=self.stack,
            workers=self.workers,
            threads=self.threads,
            pool_size=self.pool_size,
            copy=self.copy,
            checkout=self.checkout,
            session_store=self.session_store,
            url=self.url,
        )

    @property
    def repeats(self) -> str:
        """Return the name of the cell that a control repeats."""
        return self.name.removesuffix(CONTROL)

    @property
    def target(self) -> str:
        """Return the path and query that its users ask for."""
        return SCENARIOS[self.group.scenario].target(self.style, dict(self.params))

    @property
    def all_params(self) -> dict[str, Value]:
        """Return the endpoint's parameters."""
        return SCENARIOS[self.group.scenario].parameters | dict(self.params)


def subject(
    group: Group,
    lane: str,
    variant: Variant,
    *,
    stack: str,
    cores: Cores,
    control: bool = False,
    url: str | None = None,
) -> Subject:
    """Return one cell of a lane with a variant's factors; at a `url` it runs elsewhere."""
    if url is not None and (changed := [name for name in _OF_SERVER if name in variant]):
        raise Problem(f"{changed[0]}={variant[changed[0]]}: {lane} runs at {url} as it was started; leave it out")
    if "threads" in variant and LANES[lane].threads == 1:
        raise Problem(f"threads={variant['threads']}: {lane} has no threads to number; leave it out of this variant")
    asked = factors.integer(variant, "cores")
    own = cores.first(asked) if asked else cores.for_servers(all_cores=SCENARIOS[group.scenario].all_cores)
    beside = variant.get(factors.BESIDE, factors.NOTHING)
    return Subject(
        group=group,
        name=factors.label(lane, variant) + (CONTROL if control else ""),
        lane=lane,
        stack=stack,
        style=LANES[lane].styles[0],
        workers=factors.integer(variant, "workers") or workers_for(LANES[lane], len(own)),
        cores=() if url else tuple(sorted(own)),
        threads=factors.integer(variant, "threads"),
        pool_size=factors.integer(variant, "pool"),
        factors=tuple(variant.items()),
        params=tuple(factors.parameters(variant).items()),
        beside=None if beside == factors.NOTHING else str(beside),
        control=control,
        copy=int(control),
        url=url,
    )


def subjects(wish: Wish, cores: Cores) -> list[Subject]:
    """Return all cells that are wished for, one kind of work after another, the controls among them."""
    controlled = control_lane(wish)
    found = []
    for group in groups(wish):
        cells = cells_of(wish, group)
        for lane, variant in cells:
            url = wish.targets.get(lane)
            found.append(subject(group, lane, variant, stack=wish.stack, cores=cores, url=url))
        if controlled in cells:
            lane, variant = controlled
            url = wish.targets.get(lane)
            found.append(subject(group, lane, variant, stack=wish.stack, cores=cores, control=True, url=url))
    return found


def groups(wish: Wish) -> Iterator[Group]:
    """Give each kind of work at each load."""
    for name in wish.scenarios:
        for users in users_of(wish, name):
            for rate in wish.rates or (None,):
                yield Group(scenario=name, users=users, rate=rate)


def cells_of(wish: Wish, group: Group) -> list[tuple[str, Variant]]:
    """Return the lanes with the variants that apply to them, in the order of the wish."""
    variants = wish.variants or ({},)
    for variant in variants:
        for name, value in variant.items():
            factors.check(name, value, group.scenario)
    return [
        (lane, variant)
        for lane in wish.lanes
        for variant in variants
        if not any(each.covers(lane, variant, group.scenario, group.users) for each in wish.left_out)
    ]


def control_lane(wish: Wish) -> tuple[str, Variant] | None:
    """Return which lane also runs as its own control: drawn by the seed from those with one fair worker.

    A server of several workers, or one that serves some connections at the cost of others, differs from its twin by
    more than the machine does.
    """
    if not wish.control:
        return None
    # Of one that runs elsewhere there is no second server, only the same one once more.
    here = [name for name in wish.lanes if name not in wish.targets] or wish.lanes
    fair = [name for name in here if LANES[name].workers == 1 and LANES[name].model != "greenlet"]
    variant = (wish.variants or ({},))[0]
    return random.Random(f"control/{wish.seed}").choice(fair or list(here)), variant


def pairs(named: Sequence[Subject]) -> list[tuple[str, str]]:
    """Return the names to compare: those that differ in one thing, the lane or one factor."""
    return [(a.name, b.name) for place, a in enumerate(named) for b in named[place + 1 :] if differences(a, b) == 1]


def differences(a: Subject, b: Subject) -> int:
    """Count what two cells of a group differ in."""
    ours, theirs = dict(a.factors), dict(b.factors)
    return (a.lane != b.lane) + sum(ours.get(name) != theirs.get(name) for name in {*ours, *theirs})
